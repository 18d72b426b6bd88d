"""What a plant's month comes to (domain.md 5). Pure; None in, or nothing to divide by, gives None."""

from collections.abc import Sequence
from math import fsum
from typing import Final

GRAMS_A_TONNE: Final = 1e6


def total(values: Sequence[float | None]) -> float | None:
    """Return the sum of what is known, None where nothing is."""
    known = [value for value in values if value is not None]
    return fsum(known) if known else None


def mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of what is known, None where nothing is."""
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None


def load_t(volume_m3: float | None, mg_l: float | None) -> float | None:
    """Return what a volume carries, t: Q·C/10⁶; of a month the sum of its days', never mean by mean."""
    return None if volume_m3 is None or mg_l is None else volume_m3 * mg_l / GRAMS_A_TONNE


def removal_pct(load_in: float | None, load_out: float | None) -> float | None:
    """Return (Lin − Lout)/Lin, %."""
    return None if load_in is None or load_out is None else _percent(load_in - load_out, load_in)


def load_factor_pct(flow_m3_d: float | None, design_m3_d: float | None) -> float | None:
    """Return the day's flow of the design flow, %."""
    return _percent(flow_m3_d, design_m3_d)


def hrt_h(reactor_m3: float | None, flow_m3_d: float | None) -> float | None:
    """Return the hydraulic retention time, h: V/Q·24."""
    found = _ratio(reactor_m3, flow_m3_d)
    return None if found is None else found * 24


def svi_ml_g(sv30_pct: float | None, mlss_mg_l: float | None) -> float | None:
    """Return the sludge volume index, mL/g: SV30[%]·10⁴/MLSS."""
    found = _ratio(sv30_pct, mlss_mg_l)
    return None if found is None else found * 1e4


def srt_d(
    reactor_m3: float | None,
    mlss_mg_l: float | None,
    waste_m3_d: float | None,
    waste_mg_l: float | None,
    flow_m3_d: float | None,
    effluent_ss_mg_l: float | None,
) -> float | None:
    """Return the sludge age, d: V·X/(Qw·Xw + Q·SSe)."""
    wasted, lost = _times(waste_m3_d, waste_mg_l), _times(flow_m3_d, effluent_ss_mg_l)
    if wasted is None or lost is None:
        return None
    return _ratio(_times(reactor_m3, mlss_mg_l), wasted + lost)


def food_to_mass(
    flow_m3_d: float | None, bod_mg_l: float | None, reactor_m3: float | None, mlss_mg_l: float | None
) -> float | None:
    """Return the sludge load F/M, kg BOD5/(kg MLSS·d): Q·S₀/(V·X)."""
    return _ratio(_times(flow_m3_d, bod_mg_l), _times(reactor_m3, mlss_mg_l))


def ratio_pct(part: float | None, whole: float | None) -> float | None:
    """Return a part of a whole, %: return sludge and internal recycle of the flow."""
    return _percent(part, whole)


def kwh_per_m3(kwh: float | None, volume_m3: float | None) -> float | None:
    """Return the specific power, kWh/m³."""
    return _ratio(kwh, volume_m3)


def kwh_per_kg(kwh: float | None, load_in_t: float | None, load_out_t: float | None) -> float | None:
    """Return the energy for each kg of COD removed, kWh/kg."""
    if load_in_t is None or load_out_t is None:
        return None
    return _ratio(kwh, (load_in_t - load_out_t) * 1000)


def air_to_water(air_m3: float | None, volume_m3: float | None) -> float | None:
    """Return the air:water ratio."""
    return _ratio(air_m3, volume_m3)


def dose_mg_l(product_kg: float | None, volume_m3: float | None) -> float | None:
    """Return a dose of product, mg/L: kg·1000/m³."""
    found = _ratio(product_kg, volume_m3)
    return None if found is None else found * 1000


def dry_solids_t(wet_t: float | None, moisture_pct: float | None) -> float | None:
    """Return the dry solids of a cake, t: wet·(1 − moisture)."""
    return None if wet_t is None or moisture_pct is None else wet_t * (1 - moisture_pct / 100)


def at_80_pct_t(dry_t: float | None) -> float | None:
    """Return the cake as it would weigh at 80 % moisture, t."""
    return None if dry_t is None else dry_t / 0.2


def pam_kg_per_t(pam_kg: float | None, dry_t: float | None) -> float | None:
    """Return the PAM for each tonne of dry solids, kg/t."""
    return _ratio(pam_kg, dry_t)


def per_10000_m3(tonnes: float | None, volume_m3: float | None) -> float | None:
    """Return tonnes of sludge for each 10⁴ m³ of water."""
    found = _ratio(tonnes, volume_m3)
    return None if found is None else found * 1e4


def carbon_to_nitrogen(bod_mg_l: float | None, tn_mg_l: float | None) -> float | None:
    """Return C/N as BOD5/TN; at least 4 is desirable."""
    return _ratio(bod_mg_l, tn_mg_l)


def surface_load(flow_m3_d: float | None, settling_m2: float | None) -> float | None:
    """Return the clarifiers' surface load, m³/(m²·h)."""
    found = _ratio(flow_m3_d, settling_m2)
    return None if found is None else found / 24


def _times(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one * other


def _ratio(part: float | None, whole: float | None) -> float | None:
    return None if part is None or whole is None or whole <= 0 else part / whole


def _percent(part: float | None, whole: float | None) -> float | None:
    found = _ratio(part, whole)
    return None if found is None else found * 100
