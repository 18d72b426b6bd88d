"""What of the plant a report is made of, where its folder does not say so by itself: `report:` in plant.yaml.

The units' flows give influent and effluent, and regulated concentrations what is removed. Which meter
counts the plant's energy, which total is air or waste sludge, and how large a tank is, no point list says.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from telemetry.settings import Settings

Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]

VOLUME: Final = ("m3", "m3/h")
CONCENTRATION: Final = ("mg/L",)
ROLE_UNITS: Final = {
    "influent_volume": VOLUME,
    "effluent_volume": VOLUME,
    "energy": ("kWh",),
    "blower_energy": ("kWh",),
    "air": VOLUME,
    "return_sludge": VOLUME,
    "internal_recycle": VOLUME,
    "waste_sludge": VOLUME,
    "return_solids": CONCENTRATION,
    "mlss": CONCENTRATION,
    "sv30": ("%",),
    "influent_bod": CONCENTRATION,
    "effluent_ss": CONCENTRATION,
    "wet_cake": ("t", "kg"),
    "cake_moisture": ("%",),
    "pam": ("kg", "t"),
}
"""The units that each role's points may be in."""
CHEMICAL_UNITS: Final = ("L", "m3", "kg", "t")


class ChemicalSettings(Settings):
    """A chemical that goes into the water."""

    zh: Words = Field(description="its name as the staff says it")
    en: Words = Field(description="as others say it")
    used: Tag = Field(description="point of what was used, in L, m3, kg or t")
    kg_per_l: float | None = Field(
        default=None,
        gt=0,
        le=5,
        description="product in a litre as it is dosed, kg; needed where it is counted by volume",
    )
    per: Literal["influent", "effluent"] = Field(
        default="influent", description="the water its dose is stated of"
    )


class ReportSettings(Settings):
    """Which points, and which sizes, the month's report is computed from."""

    influent_volume: Tag | None = Field(
        default=None, description="volume in; else the one total in m3 of the first unit with a flow"
    )
    effluent_volume: Tag | None = Field(
        default=None, description="volume out; else the one total in m3 of the last unit with a flow"
    )
    energy: Tag | None = Field(
        default=None, description="the plant's energy, kWh; else the one total in kWh there is"
    )
    blower_energy: Tag | None = Field(default=None, description="the blowers' share of it, kWh")
    air: Tag | None = Field(default=None, description="air to the reactors, m3 or m3/h")
    return_sludge: Tag | None = Field(default=None, description="return sludge, m3 or m3/h")
    internal_recycle: Tag | None = Field(default=None, description="internal recycle, m3 or m3/h")
    waste_sludge: Tag | None = Field(default=None, description="waste sludge drawn off, m3 or m3/h")
    return_solids: Tag | None = Field(default=None, description="solids of return and waste sludge, mg/L")
    mlss: tuple[Tag, ...] = Field(default=(), max_length=16, description="MLSS of the reactors, mg/L")
    sv30: tuple[Tag, ...] = Field(default=(), max_length=16, description="SV30 of the reactors, %")
    influent_bod: Tag | None = Field(default=None, description="BOD5 of the influent, mg/L")
    effluent_ss: Tag | None = Field(default=None, description="SS of the effluent, mg/L")
    wet_cake: Tag | None = Field(default=None, description="wet sludge cake, t or kg")
    cake_moisture: Tag | None = Field(default=None, description="moisture of the cake, %")
    pam: Tag | None = Field(default=None, description="PAM used in dewatering, kg or t")
    reactor_m3: float | None = Field(
        default=None, gt=0, le=1e7, description="volume of the biological reactors, m³"
    )
    settling_m2: float | None = Field(
        default=None, gt=0, le=1e7, description="surface of the secondary clarifiers, m²"
    )
    chemicals: tuple[ChemicalSettings, ...] = Field(
        default=(), max_length=16, description="what is dosed into the water"
    )

    def tags_by_role(self) -> dict[str, tuple[str, ...]]:
        """Return the tags that are written, by role."""
        found: dict[str, tuple[str, ...]] = {}
        for role in ROLE_UNITS:
            value = getattr(self, role)
            tags = value if isinstance(value, tuple) else () if value is None else (value,)
            if tags:
                found[role] = tags
        return found
