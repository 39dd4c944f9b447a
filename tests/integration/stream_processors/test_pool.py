from stream_processors.database.pool import open_pool


async def test_a_connection_that_is_given_back_in_a_transaction_comes_again_without_it(migrated):
    pool = await open_pool(migrated)
    async with pool.acquire() as connection:
        first = connection.get_server_pid()
        await connection.execute("BEGIN")
        await connection.execute("UPDATE registry_changes SET times = times + 1")
    async with pool.acquire() as connection:
        assert (connection.get_server_pid(), connection.is_in_transaction()) == (first, False)
        assert await connection.fetchval("SELECT times FROM registry_changes") == 0
    await pool.close()
