"""Believable people and vehicles, each at most once. Same random numbers, same cast; nobody real is meant."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.simulator.places import BIRTH_PROVINCES, COMMUNES, PLATES
from schemas.passes.claims import PersonClaims

FAMILIES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Võ",
    "Phan",
    "Trương",
    "Bùi",
    "Đặng",
    "Đỗ",
    "Hồ",
    "Dương",
    "Lý",
)
MALE_MIDDLES = ("Văn", "Hữu", "Minh", "Quốc", "Thanh", "Đức", "Hoàng", "Tấn", "Công", "Chí")
MALE_GIVEN = (
    "An",
    "Bình",
    "Cường",
    "Dũng",
    "Đạt",
    "Giang",
    "Hải",
    "Hùng",
    "Khoa",
    "Long",
    "Nam",
    "Phúc",
    "Tài",
    "Tín",
)
FEMALE_MIDDLES = ("Thị", "Ngọc", "Thị Kim", "Thị Mỹ", "Thanh", "Bích", "Thị Hồng")
FEMALE_GIVEN = (
    "Anh",
    "Diễm",
    "Đào",
    "Hạnh",
    "Hương",
    "Lan",
    "Loan",
    "Mai",
    "Nga",
    "Phượng",
    "Thảo",
    "Tuyết",
    "Yến",
)
STREETS = ("ấp 1", "ấp 2", "ấp 3", "ấp 5", "khu phố 2", "khu phố 4", "ấp Phước Hòa", "ấp Thạnh Hưng", "ấp Tân Phú")


@dataclass(frozen=True)
class Person:
    name: str
    number: str
    birth_date: date
    male: bool
    telephone: str
    commune: str
    address: str

    @property
    def claims(self) -> PersonClaims:
        """As on a citizen card."""
        return PersonClaims(
            name=self.name,
            number=self.number,
            birth_date=self.birth_date.isoformat(),
            sex="male" if self.male else "female",
        )

    @property
    def on_own_pass(self) -> PersonClaims:
        """As on a pass that the province issues: the number shows its last six digits only."""
        return PersonClaims(
            name=self.name,
            masked_number="*" * 6 + self.number[6:],
            birth_date=self.birth_date.isoformat(),
            sex="male" if self.male else "female",
        )


class Cast:
    """Draws people, plates and numbers; no number and no plate twice. Names come back, as they do, but not with
    the same birth date: those two would be told apart by nothing that a half-masked pass shows.
    """

    def __init__(self, randomness: random.Random, taken: set[str] | None = None) -> None:
        """``taken`` is added to: casts that share it never draw the same."""
        self._random = randomness
        self._taken = set() if taken is None else taken

    def person(self, *, male: bool | None = None) -> Person:
        rng = self._random
        is_male = rng.random() < 0.7 if male is None else male
        born = date(1958, 1, 1) + timedelta(days=rng.randrange(46 * 365))
        code, commune, district = rng.choice(COMMUNES)
        return Person(
            name=self._new(lambda: f"{_name(rng, is_male)}\n{born}").partition("\n")[0],
            number=self._new(lambda: _number(rng, born, is_male)),
            birth_date=born,
            male=is_male,
            telephone=self._new(lambda: f"0{rng.choice('3789')}{rng.randrange(10**8):08d}"),
            commune=code,
            address=f"{rng.randrange(1, 400)}/{rng.randrange(1, 30)} {rng.choice(STREETS)}, {commune}, {district}",
        )

    def truck_plate(self) -> str:
        """``71C-123.45``"""

        def draw() -> str:
            province, series, _ = self._random.choice(PLATES)
            digits = f"{self._random.randrange(1000, 100_000):05d}"
            return f"{province}{self._random.choice(series)}-{digits[:3]}.{digits[3:]}"

        return self._new(draw)

    def motorbike_plate(self) -> str:
        """``71-B1 234.56``"""

        def draw() -> str:
            province, _, series = self._random.choice(PLATES)
            digits = f"{self._random.randrange(1000, 100_000):05d}"
            return f"{province}-{self._random.choice(series)} {digits[:3]}.{digits[3:]}"

        return self._new(draw)

    def code(self, prefix: str, digits: int) -> str:
        """A number of a paper: ``GT-20481234``."""
        return self._new(lambda: f"{prefix}{self._random.randrange(10**digits):0{digits}d}")

    def token(self) -> str:
        """Of a national card: long and random, as they are."""
        return self._new(lambda: "".join(self._random.choices("0123456789abcdef", k=40)))

    def _new(self, draw: Callable[[], str]) -> str:
        for _ in range(1000):
            drawn = draw()
            if drawn not in self._taken:
                self._taken.add(drawn)
                return drawn
        raise ValueError("the cast is exhausted")


def _name(rng: random.Random, male: bool) -> str:
    middles, given = (MALE_MIDDLES, MALE_GIVEN) if male else (FEMALE_MIDDLES, FEMALE_GIVEN)
    middle = " ".join(rng.sample(middles, rng.choice((1, 2, 2))))
    return f"{rng.choice(FAMILIES)} {middle} {rng.choice(given)}"


def _number(rng: random.Random, born: date, male: bool) -> str:
    """Twelve digits: province, century and sex, year, and six more (so that the card's fields agree)."""
    century_and_sex = (0 if male else 1) + (0 if born.year < 2000 else 2)
    return f"{rng.choice(BIRTH_PROVINCES)}{century_and_sex}{born.year % 100:02d}{rng.randrange(10**6):06d}"
