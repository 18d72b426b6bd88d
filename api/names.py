"""Names in both languages as the API takes and writes them."""

from pydantic import BaseModel, ConfigDict, Field

from telemetry.plant import Name


class NameShape(BaseModel):
    """A name as the staff and as others say it."""

    zh: str = Field(examples=["甲班"])
    en: str = Field(examples=["Crew A"])


class NameBody(BaseModel):
    """A name that is given to something."""

    model_config = ConfigDict(extra="forbid")

    zh: str = Field(min_length=1, max_length=64, examples=["甲班"])
    en: str = Field(min_length=1, max_length=64, examples=["Crew A"])

    @property
    def name(self) -> Name:
        """The name."""
        return Name(self.zh, self.en)


def name_shape(name: Name | None) -> dict[str, str] | None:
    """Return a name in both languages."""
    return None if name is None else {"zh": name.zh, "en": name.en}
