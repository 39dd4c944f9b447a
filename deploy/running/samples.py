"""Pictures of codes to try by hand: one of each kind that the morning holds. They name simulated people only."""

import random
from pathlib import Path

from deploy.home import Home
from deploy.running.programs import simulator_folder
from deploy.running.traffic import clear
from deploy.simulator.issuing import Issuers
from deploy.simulator.pictures import pictures_of
from deploy.simulator.plan_model import Case, Plan

OF_CASES = (Case.CLEAN, Case.EXPIRED, Case.FORGED, Case.HEAD_COUNT, Case.UNKNOWN_CODE)


def samples_folder(home: Home) -> Path:
    return simulator_folder(home) / "samples"


def lay_samples(plan: Plan, issuers: Issuers, folder: Path) -> None:
    """``<case>-<n>.jpg`` for each code of the first crossing of a case; those of the morning before are gone."""
    clear(folder)
    rng = random.Random(plan.run_id)
    for case in OF_CASES:
        crossing = next((one for one in plan.crossings if one.case is case), None)
        if crossing is None:
            continue
        pictures = pictures_of([issuers.text_of(shown.paper) for shown in crossing.shown], rng)
        for place, picture in enumerate(pictures, start=1):
            (folder / f"{case.value}-{place}.jpg").write_bytes(picture)
