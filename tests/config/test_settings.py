from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from collectors.modbus.settings import ModbusSettings
from collectors.mqtt.settings import MqttSettings
from config.bits_file import BitSettings
from config.plant_file import PlantSettings
from telemetry.settings import Settings

ROOTS = (PlantSettings, BitSettings, ModbusSettings, MqttSettings)


def models(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield root
    for field in root.model_fields.values():
        for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from models(inner)


ALL = sorted({model for root in ROOTS for model in models(root)}, key=lambda model: model.__name__)


def test_all_settings_of_a_folder_are_found() -> None:
    assert [model.__name__ for model in ALL] == [
        "AttributeSettings",
        "BitAlarmSettings",
        "BitSettings",
        "ChemicalSettings",
        "HandoverSettings",
        "HistorySettings",
        "InfluxSettings",
        "KeepSettings",
        "ModbusSettings",
        "ModbusUnitSettings",
        "MqttSettings",
        "NameSettings",
        "NodeAlarmSettings",
        "PlantSettings",
        "PushSettings",
        "ReportSettings",
        "ServerSettings",
        "SubscriptionSettings",
        "UnitSettings",
    ]


@pytest.mark.parametrize("model", ALL)
def test_settings_are_frozen_and_refuse_unknown_keys(model: type[BaseModel]) -> None:
    assert issubclass(model, Settings)
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["frozen"] is True


@pytest.mark.parametrize("model", ALL)
def test_every_setting_says_what_it_is(model: type[BaseModel]) -> None:
    silent = [name for name, field in model.model_fields.items() if not field.description and name != "type"]

    assert silent == []
