using Gristmill.Checkpoints;
using Npgsql;

namespace Gristmill.Postgres.Tests;

/// <summary>What becomes of calls whose connection is cut, and of what dead processes leave.</summary>
public sealed class StoreFailureTests
{
    private const int Row = 64 << 10;

    [PostgresTheory, InlineData(Fate.NeverArrives), InlineData(Fate.AnswerIsLost)]
    public async Task An_upload_cut_in_its_middle_goes_on_and_the_object_is_whole(Fate fate)
    {
        await using var schema = new TestSchema();
        await using var proxy = FaultyProxy.At("UPDATE \"", fate, times: 3);
        byte[] content = StoreExtensions.Pattern(10 * Row + 5);
        await Open(schema, proxy).PutAsync("job/object", content);
        Assert.Equal(content, await schema.Open().GetAsync("job/object"));
        Assert.Equal(11, await schema.CountAsync("chunk"));
        Assert.Equal(0, await schema.CountAsync("upload"));
    }

    [PostgresTheory, InlineData(100), InlineData((3 * Row) + 1)]
    public async Task A_publication_whose_answer_was_lost_is_told_by_the_id_the_name_has(int length)
    {
        await using var schema = new TestSchema();
        await using var proxy = FaultyProxy.At("WITH made", Fate.AnswerIsLost);
        byte[] content = StoreExtensions.Pattern(length);
        await Open(schema, proxy).PutAsync("job/object", content);
        Assert.Equal(content, await schema.Open().GetAsync("job/object"));
        Assert.Equal(0, await schema.CountAsync("upload"));
    }

    [PostgresTheory, InlineData(100), InlineData((3 * Row) + 1)]
    public async Task A_publication_that_never_arrived_finds_the_name_taken_and_leaves_nothing(int length)
    {
        await using var schema = new TestSchema();
        await schema.Open().PutAsync("job/object", new byte[] { 1 });
        await using var proxy = FaultyProxy.At("WITH made", Fate.NeverArrives);
        await Assert.ThrowsAsync<ObjectExistsException>(() => Open(schema, proxy).PutAsync("job/object", new byte[length]));
        Assert.Equal([1], await schema.Open().GetAsync("job/object"));
        Assert.Equal(1, await schema.CountAsync("chunk"));
        Assert.Equal(0, await schema.CountAsync("upload"));
    }

    [PostgresFact]
    public async Task An_append_whose_answer_was_lost_is_not_appended_twice()
    {
        await using var schema = new TestSchema();
        await using var proxy = FaultyProxy.At("WITH grown", Fate.AnswerIsLost, times: 2);
        PostgresCheckpointStore store = Open(schema, proxy);
        await store.AppendLineAsync("job/lines", "equal");
        await store.AppendLineAsync("job/lines", "equal");
        Assert.Equal("equal\nequal\n"u8.ToArray(), await schema.Open().GetAsync("job/lines"));
    }

    [PostgresTheory, InlineData(0), InlineData(1)]
    public async Task A_move_of_the_head_whose_answer_was_lost_is_unknown_and_never_answered(long expected)
    {
        await using var schema = new TestSchema();
        if (expected == 1)
            Assert.True(await schema.Open().TryMoveHeadAsync("job", 0, new byte[] { 1 }));
        await using var proxy = FaultyProxy.At(expected == 0 ? "ON CONFLICT (job)" : "SET version = version", Fate.AnswerIsLost);
        await Assert.ThrowsAsync<CheckpointStoreException>(async () => await Open(schema, proxy).TryMoveHeadAsync("job", expected, new byte[] { 2 }));
        StoredHead head = (await schema.Open().ReadHeadAsync("job"))!;
        Assert.Equal((expected + 1, (byte)2), (head.Version, head.Content.Span[0]));
    }

    [PostgresFact]
    public async Task A_move_that_never_arrived_is_unknown_too_and_not_sent_again()
    {
        await using var schema = new TestSchema();
        await using var proxy = FaultyProxy.At("ON CONFLICT (job)", Fate.NeverArrives);
        await Assert.ThrowsAsync<CheckpointStoreException>(async () => await Open(schema, proxy).TryMoveHeadAsync("job", 0, new byte[] { 1 }));
        Assert.Null(await schema.Open().ReadHeadAsync("job"));
    }

    [PostgresFact]
    public async Task Connections_that_died_in_the_pool_make_no_move_unknown()
    {
        await using var schema = new TestSchema();
        string connection = new NpgsqlConnectionStringBuilder(PostgresServer.ConnectionString) { ApplicationName = schema.Name, MaxPoolSize = 3 }.ConnectionString;
        PostgresCheckpointStore store = schema.Open(connectionString: connection);
        Assert.True(await store.TryMoveHeadAsync("job", 0, new byte[] { 1 }));
        await schema.SqlAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{schema}'");
        Assert.True(await store.TryMoveHeadAsync("job", 1, new byte[] { 2 }));
    }

    [PostgresFact]
    public async Task What_a_dead_writer_left_is_collected_by_age_and_a_live_one_goes_on()
    {
        await using var schema = new TestSchema();
        PostgresCheckpointStore store = schema.Open(o => o.ChunkBytes = Row);
        await store.PutAsync("job/complete", new byte[3 * Row]);
        ObjectWriter dead = await store.CreateAsync("job/dead");
        await dead.WriteAsync(new byte[2 * Row]);
        await schema.SqlAsync("UPDATE {schema}.upload SET touched = touched - interval '25 hours'");
        await using ObjectWriter live = await store.CreateAsync("job/live");
        await live.WriteAsync(new byte[2 * Row]);

        // A first try that arrives late leaves an upload behind an object; the object is not touched.
        await schema.SqlAsync("INSERT INTO {schema}.upload SELECT id, now() - interval '25 hours' FROM {schema}.object WHERE name = 'job/complete'");
        await foreach (StoredObject _ in store.ListAsync("job/"))
        {
        }
        Assert.Equal(1, await schema.CountAsync("upload"));
        await live.CompleteAsync();
        Assert.Equal(3 * Row, (await store.GetAsync("job/complete")).Length);
        Assert.Equal(2 * Row, (await store.GetAsync("job/live")).Length);
        Assert.Equal(5, await schema.CountAsync("chunk"));

        // It was not dead but asleep: it must not publish half of an object.
        var late = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await dead.WriteAsync(new byte[Row]));
        Assert.Contains("AbandonedAfter", late.Message, StringComparison.Ordinal);
        await dead.DisposeAsync();
        Assert.Equal(5, await schema.CountAsync("chunk"));
    }

    [PostgresFact]
    public async Task An_object_of_which_the_server_lost_a_row_is_not_published_and_one_that_loses_it_later_is_damaged()
    {
        await using var schema = new TestSchema();
        PostgresCheckpointStore store = schema.Open(o => o.ChunkBytes = Row);
        await using (ObjectWriter writer = await store.CreateAsync("job/object"))
        {
            await writer.WriteAsync(new byte[3 * Row]);
            await schema.SqlAsync($"DELETE FROM {{schema}}.chunk WHERE start = {Row}");
            await Assert.ThrowsAsync<CheckpointStoreException>(async () => await writer.CompleteAsync());
        }
        Assert.Null(await store.GetLengthAsync("job/object"));
        await store.PutAsync("job/object", new byte[3 * Row]);
        await schema.SqlAsync($"DELETE FROM {{schema}}.chunk WHERE start = {Row}");
        await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await store.ReadAsync("job/object", 10, new byte[2 * Row]));
        Assert.Equal(100, await store.ReadAsync("job/object", 2 * Row, new byte[100]));
    }

    [PostgresFact]
    public async Task Processes_that_start_at_once_make_one_schema()
    {
        await using var schema = new TestSchema();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => schema.Open().PutAsync($"job/{i}", new byte[] { 1 }))));
        Assert.Equal(16, await schema.CountAsync("object"));
        Assert.Equal(1, await schema.CountAsync("format"));
    }

    [PostgresFact]
    public async Task A_schema_of_a_newer_version_is_refused()
    {
        await using var schema = new TestSchema();
        await schema.Open().ReadHeadAsync("job");
        await schema.SqlAsync("UPDATE {schema}.format SET version = 2");
        await Assert.ThrowsAsync<UnsupportedFormatException>(async () => await schema.Open().ReadHeadAsync("job"));
    }

    [PostgresFact]
    public async Task A_server_that_acknowledges_before_it_is_durable_is_refused_with_the_remedy()
    {
        await using var schema = new TestSchema();
        string connection = new NpgsqlConnectionStringBuilder(PostgresServer.ConnectionString) { Options = "-c synchronous_commit=off" }.ConnectionString;
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await schema.Open(connectionString: connection).ReadHeadAsync("job"));
        Assert.Contains("ALTER ROLE", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_out_of_reach_is_a_store_failure_that_shows_no_password()
    {
        var store = new PostgresCheckpointStore("Host=127.0.0.1;Port=1;Database=db;Username=user;Password=sesame", o => o.Retries = 1);
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await store.ReadHeadAsync("job"));
        Assert.Contains("can't be reached", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("PostgreSQL at 127.0.0.1:1, database 'db', schema 'gristmill'", store.Description);
    }

    [Fact]
    public void All_faults_come_at_once_and_show_no_password()
    {
        var error = Assert.Throws<ArgumentException>(() => new PostgresCheckpointStore("Password=sesame", o =>
            (o.Schema, o.ChunkBytes, o.AbandonedAfter, o.Retries) = ("pg_x", 1, TimeSpan.Zero, -1)));
        Assert.All(["Host", "Database", "Schema is 'pg_x'", "ChunkBytes is 1;", "AbandonedAfter is 00:00:00", "Retries is -1"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("sesame", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Target Session Attributes", Assert.Throws<ArgumentException>(() => new PostgresCheckpointStore("Host=a,b;Database=db")).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", Assert.Throws<ArgumentException>(() => new PostgresCheckpointStore("Host=a;Port=sesame")).ToString(), StringComparison.Ordinal);
        Assert.Contains("empty", Assert.Throws<ArgumentException>(() => new PostgresCheckpointStore("")).Message, StringComparison.Ordinal);
    }

    private static PostgresCheckpointStore Open(TestSchema schema, FaultyProxy proxy) => schema.Open(o => o.ChunkBytes = Row, proxy.ConnectionString);
}
