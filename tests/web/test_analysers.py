import pytest

from config.folder import PlantFolder
from web.analysers import analysers
from web.language import Language


def test_analysers_whose_results_are_reported_come_first(folder: PlantFolder, zh: Language) -> None:
    labels = [analyser.label for analyser in analysers(folder, zh)]

    assert labels == [
        "出水COD",
        "出水氨氮",
        "出水总磷",
        "出水总氮",
        "进水COD",
        "进水氨氮",
        "进水总磷",
        "进水总氮",
    ]


def test_an_analyser_knows_where_its_last_samples_time_stands(folder: PlantFolder, zh: Language) -> None:
    cod = analysers(folder, zh)[0]

    assert (cod.status, cod.sampled, cod.regulatory) == ("EFF_ANA_COD_ST", "EFF_ANA_COD_TS", True)


@pytest.mark.parametrize(
    ("word", "state"),
    [(None, "unknown"), (0, "idle"), (0b01, "measuring"), (0b101, "standard_check"), (0b10_0010, "fault")],
)
def test_the_gravest_of_several_states_is_told(
    folder: PlantFolder, zh: Language, word: int | None, state: str
) -> None:
    assert analysers(folder, zh)[0].state(word) == state
