"""Several statements as one."""

import pytest

from stream_processors.database.writing import Write, together, write


class Listening:
    """What a connection was told."""

    def __init__(self):
        self.told = []

    async def execute(self, sql, *given):
        self.told.append((sql, given))


async def told(*writes):
    connection = Listening()
    await write(connection, iter(writes))
    return connection.told


async def test_nothing_is_no_round_trip():
    assert await told() == []


async def test_one_stays_as_it_is():
    assert await told(Write("DELETE FROM a WHERE b = $1", (1,))) == [("DELETE FROM a WHERE b = $1", (1,))]


async def test_the_places_of_each_are_counted_on():
    first = Write("UPDATE a SET b = $2, c = $2 WHERE d = $1", ("d", "b"))
    second = Write("DELETE FROM e", ())
    third = Write("INSERT INTO f SELECT * FROM unnest($1::int[], $2::text[])", ([1], ["x"]))
    assert await told(first, second, third) == [
        (
            "WITH write_1 AS (UPDATE a SET b = $2, c = $2 WHERE d = $1), write_2 AS (DELETE FROM e), "
            "write_3 AS (INSERT INTO f SELECT * FROM unnest($3::int[], $4::text[])) SELECT",
            ("d", "b", [1], ["x"]),
        )
    ]


@pytest.mark.parametrize("many", [10, 12])
def test_a_place_of_two_digits_is_one_place(many):
    places = ", ".join(f"${n}" for n in range(1, many + 1))
    moved = ", ".join(f"${n}" for n in range(many + 1, 2 * many + 1))
    assert together((f"SELECT {places}",) * 2).endswith(f"write_2 AS (SELECT {moved}) SELECT")
