"""What the instruments and PLCs show: numbers by tag, and the names of the bits that are set."""

from typing import Final

from simulator.analysers import METHODS
from simulator.biology import (
    AEROBIC_1,
    AEROBIC_2,
    AMMONIA,
    ANAEROBIC,
    ANOXIC,
    NITRATE,
    OXYGEN,
)
from simulator.chance import SensorNoise
from simulator.dewatering import FEEDING
from simulator.equipment import Drive
from simulator.plant import Plant
from simulator.recycle import RECYCLE_AMPS

Numbers = dict[str, float]
States = dict[str, frozenset[str]]

_GATE_OPEN: Final = frozenset({"open", "remote"})
_GATE_SHUT: Final = frozenset({"closed", "remote"})
_UPS: Final = frozenset({"on_mains"})
_SAMPLING: Final = frozenset({"sampling", "ready"})
_WAITING: Final = frozenset({"ready"})
_WEAR: Final = (1.0, 1.03, 0.98, 1.015)
"""No two machines of a group draw quite the same current."""


class Instruments:
    """Reads a plant. Noise is small, and the same for the same version of the same plant."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._noise = SensorNoise(plant.seed)
        self._status_tags = {name: f"{name}_ST" for name in plant.drives}

    def numbers(self) -> Numbers:
        """Return every measured and counted value in engineering units, by tag."""
        self._noise.begin(self._plant.version)
        out: Numbers = {}
        self._inlet(out)
        self._gases(out)
        self._reactors(out)
        self._air(out)
        self._ways_back(out)
        self._chemicals(out)
        self._outlet(out)
        self._analysers(out)
        self._sludge(out)
        self._power(out)
        self._stations(out)
        return out

    def states(self) -> States:
        """Return the names of the bits that are set, by the tag of the status word."""
        plant, works = self._plant, self._plant.works
        tags = self._status_tags
        out: States = {tags[name]: drive.bits for name, drive in plant.drives.items()}
        out["PS_ZS101"] = _GATE_OPEN
        out["BYP_ZS101"] = _GATE_OPEN if works.wet_well.bypass_open else _GATE_SHUT
        out["SYS_UPS_ST"] = _UPS
        for method, analyser in zip(METHODS, works.analysers, strict=True):
            out[f"{method.name[:3]}_ANA{method.name[3:]}_ST"] = analyser.bits
        # The sampler draws a part of the composite every ten minutes.
        out["EFF_SMP_ST"] = _SAMPLING if plant.now_s % 600.0 < 45.0 else _WAITING
        return out

    def _inlet(self, out: Numbers) -> None:
        plant, noise = self._plant, self._noise
        well, sewage = plant.works.wet_well, plant.sewage
        out["PS_LIT101"] = well.level_m + noise(0.006)
        out["SC_LDT101"] = plant.works.screens[0].loss_m + noise(0.002)
        out["SC_LDT102"] = plant.works.screens[1].loss_m + 0.01 + noise(0.002)
        out["INF_FIT101"] = well.lifted_m3_h * (1.0 + noise(0.004))
        out["INF_FQ101"] = well.total_m3
        out["INF_AIT_PH"] = sewage.ph + noise(0.01)
        out["INF_TIT101"] = sewage.water_c + noise(0.03)
        out["INF_AIT_EC"] = sewage.conductivity * (1.0 + noise(0.003))
        out["BYP_FIT101"] = well.bypass_m3_h
        out["WX_RAIN"] = plant.works.weather.rain_mm_h
        amps = well.amps()
        for drive, wear in zip(well.pumps.drives, _WEAR, strict=False):
            running = drive.running
            out[f"{drive.id}_I"] = (amps * wear + noise(0.25)) if running else 0.0
            out[f"{drive.id}_HZ"] = well.hz if running else 0.0
            out[f"{drive.id}_RH"] = drive.hours

    def _gases(self, out: Numbers) -> None:
        plant, noise = self._plant, self._noise
        warm = max(plant.sewage.water_c - 10.0, 0.0) / 10.0
        pressing = any(press.phase == FEEDING for press in plant.works.dewatering.presses)
        out["PS_GDT_H2S"] = 0.8 + 1.1 * warm + noise(0.08)
        out["PS_GDT_CH4"] = 2.5 + 0.8 * warm + noise(0.1)
        out["OD_GDT_H2S"] = 0.5 + 0.4 * warm + noise(0.04)
        out["DW_GDT_H2S"] = 0.6 + 0.5 * warm + (0.9 if pressing else 0.0) + noise(0.06)

    def _reactors(self, out: Numbers) -> None:
        noise, works = self._noise, self._plant.works
        for place, train in enumerate(works.trains):
            number = place + 1
            anaerobic, anoxic = train.zones[ANAEROBIC], train.zones[ANOXIC]
            first, second = train.zones[AEROBIC_1], train.zones[AEROBIC_2]
            out[f"AN_ORP{number}"] = -235.0 + 160.0 * anaerobic[NITRATE] + noise(1.5)
            out[f"AX_ORP{number}"] = -115.0 + 18.0 * anoxic[NITRATE] + 300.0 * anoxic[OXYGEN] + noise(1.5)
            out[f"AX_NO3{number}"] = anoxic[NITRATE] + noise(0.02)
            out[f"AE_DO{2 * place + 1}"] = first[OXYGEN] + noise(0.015)
            out[f"AE_DO{2 * place + 2}"] = second[OXYGEN] + noise(0.015)
            out[f"AE_MLSS{number}"] = train.solids + noise(12.0)
            out[f"AE_NH3{number}"] = second[AMMONIA] + noise(0.015)
        out["AE_TIT1"] = works.water_c + noise(0.03)

    def _air(self, out: Numbers) -> None:
        noise, air = self._noise, self._plant.works.aeration
        first, second = air.train_air()
        out["AE_FIT_AIR1"] = first * (1.0 + noise(0.006))
        out["AE_FIT_AIR2"] = second * (1.0 + noise(0.006))
        out["BL_PIT201"] = air.header_kpa + (noise(0.12) if air.header_kpa else 0.0)
        out["BL_FIT200"] = air.header_m3_h * (1.0 + noise(0.004))
        out["BL_FQ200"] = air.total_m3
        amps = air.amps()
        for blower, wear in zip(air.blowers, _WEAR, strict=False):
            running, letter = blower.running, blower.id[-1]
            out[f"{blower.id}_I"] = (amps * wear + noise(0.5)) if running else 0.0
            out[f"{blower.id}_HZ"] = air.hz if running else 0.0
            out[f"{blower.id}_T"] = blower.bearing_c + noise(0.1)
            out[f"{blower.id}_RH"] = blower.hours
            out[f"BL_FIT201{letter}"] = blower.air_m3_h * (1.0 + noise(0.006))
            out[f"BL_TIT201{letter}"] = blower.outlet_c + noise(0.1)
            out[f"BL_VT201{letter}"] = (1.1 + 0.9 * air.hz / 50.0 * wear + noise(0.03)) if running else 0.05

    def _ways_back(self, out: Numbers) -> None:
        noise, works = self._noise, self._plant.works
        recycle, clarifiers = works.recycle, works.clarifiers
        out["IR_FIT202"] = recycle.recycled_m3_h * (1.0 + noise(0.004))
        out["RS_FIT301"] = recycle.returned_m3_h * (1.0 + noise(0.004))
        out["RS_FQ301"] = recycle.returned_total_m3
        out["RS_MLSS301"] = clarifiers.return_g_m3 + noise(25.0)
        out["WS_FIT302"] = recycle.wasted_m3_h * (1.0 + noise(0.006))
        out["WS_FQ302"] = recycle.wasted_total_m3
        out["CL_LIT301A"] = clarifiers.blanket_m * 1.03 + noise(0.006)
        out["CL_LIT301B"] = clarifiers.blanket_m * 0.97 + noise(0.006)
        groups: tuple[tuple[list[Drive], float], ...] = (
            (recycle.recycling.drives, RECYCLE_AMPS),
            (recycle.returning.drives, recycle.return_amps()),
            (recycle.wasting.drives, 8.0),
        )
        for drives, amps in groups:
            for drive, wear in zip(drives, _WEAR, strict=False):
                out[f"{drive.id}_I"] = (amps * wear + noise(0.15)) if drive.running else 0.0
                out[f"{drive.id}_RH"] = drive.hours

    def _chemicals(self, out: Numbers) -> None:
        noise, tertiary = self._noise, self._plant.works.tertiary
        dosing = (("PAC", tertiary.pac), ("CARB", tertiary.carbon), ("NACLO", tertiary.hypochlorite))
        for name, item in dosing:
            out[f"AD_FIT_{name}"] = item.flow_l_h * (1.0 + noise(0.006))
            out[f"AD_LIT_{name}"] = item.level_m + noise(0.003)
            out[f"AD_FQ_{name}"] = item.total_l
        out["HS_AIT_TURB"] = tertiary.turbidity * (1.0 + noise(0.015))
        out["FL_DPT401A"] = tertiary.filters[0].loss_kpa + noise(0.05)
        out["FL_DPT401B"] = tertiary.filters[1].loss_kpa + noise(0.05)
        out["AD_AIT_CL2"] = tertiary.chlorine + noise(0.006)

    def _outlet(self, out: Numbers) -> None:
        plant, noise, works = self._plant, self._noise, self._plant.works
        flow = works.outlet.flow_m3_h * (1.0 + noise(0.004))
        out["EFF_LIT401"] = works.outlet.level_m + noise(0.001)
        out["EFF_FIT401"] = flow
        # The data logger takes the flow over 4–20 mA, whose converters differ by a little.
        out["EFF_FIT401_DL"] = flow * 1.001 + 0.3
        out["EFF_FQ401"] = works.outlet.total_m3
        out["EFF_AIT_PH"] = 7.05 + 0.3 * (plant.sewage.ph - 7.35) + noise(0.01)
        out["EFF_TIT401"] = works.water_c + 0.05 + noise(0.03)
        out["EFF_AIT_SS"] = works.tertiary.solids + noise(0.05)
        out["EFF_TT_HOUSE"] = 22.0 + 0.08 * (plant.sewage.air_c - 17.0) + noise(0.05)

    def _analysers(self, out: Numbers) -> None:
        for method, analyser in zip(METHODS, self._plant.works.analysers, strict=True):
            unit, parameter = method.name[:3], method.name[4:]
            out[f"{unit}_AIT_{parameter}"] = analyser.value
            out[f"{unit}_ANA_{parameter}_TS"] = float(analyser.sampled_s)
            out[f"{unit}_ANA_{parameter}_N"] = float(analyser.results)
            out[f"{unit}_ANA_{parameter}_QC"] = analyser.check_value

    def _sludge(self, out: Numbers) -> None:
        noise, sludge = self._noise, self._plant.works.dewatering
        out["SL_LIT501"] = sludge.level_m + noise(0.004)
        out["SL_FIT501"] = sludge.feed_m3_h * (1.0 + noise(0.006))
        out["SL_AIT501"] = sludge.solids_kg_m3 / 10.0 + noise(0.01)
        out["SL_FIT_PAM"] = sludge.pam_l_h * (1.0 + noise(0.006))
        out["SL_WIT501"] = sludge.cake_t
        for press in sludge.presses:
            letter = press.press.id[-1]
            loaded = press.pressure_mpa > 0.0
            out[f"SL_PIT502{letter}"] = press.pressure_mpa + (noise(0.004) if loaded else 0.0)
            out[f"{press.press.id}_RH"] = press.press.hours

    def _power(self, out: Numbers) -> None:
        plant, noise, energy = self._plant, self._noise, self._plant.works.energy
        out["PW_KW"] = energy.active_kw + noise(1.2)
        out["PW_KWH_TOT"] = energy.total_kwh
        out["PW_KWH_BL"] = plant.works.aeration.energy_kwh
        out["PW_PF"] = energy.power_factor + noise(0.0015)
        out["PW_UAB"] = energy.feeder_1_v + noise(0.4)
        out["PW_U1"] = energy.feeder_1_v + noise(0.4)
        out["PW_U2"] = energy.feeder_2_v + noise(0.4)
        beat = float(int(plant.now_s) % 65_536)
        for number in range(1, 7):
            out[f"SYS_HB{number}"] = beat

    def _stations(self, out: Numbers) -> None:
        noise = self._noise
        for station in self._plant.works.stations:
            name = station.id
            out[f"{name}_LIT"] = station.level_m + noise(0.006)
            out[f"{name}_FIT"] = station.flow_m3_h * (1.0 + noise(0.006))
            out[f"{name}_FQ"] = station.total_m3
            out[f"{name}_LDT"] = station.screen_m + noise(0.002)
            out[f"{name}_GDT_H2S"] = station.h2s_ppm + noise(0.06)
            out[f"{name}_PWR"] = 1.0 if station.mains else 0.0
