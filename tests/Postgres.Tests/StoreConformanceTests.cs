using Gristmill.TestKit.Conformance.Stores;
using Npgsql;

namespace Gristmill.Postgres.Tests;

public sealed class StoreConformanceTests
{
    public static TheoryData<string> Names => [.. CheckpointStoreConformance.Cases.Select(c => c.Name)];

    [PostgresTheory, MemberData(nameof(Names))]
    public async Task Postgres_store(string name)
    {
        await using var schema = new TestSchema();
        await CheckpointStoreConformance.RunAsync(name, () => schema.Open(), TestContext.Current.CancellationToken);
    }

    [PostgresTheory, MemberData(nameof(Names))]
    public async Task Postgres_store_over_a_data_source_with_small_rows_beside_another_schema(string name)
    {
        await using var other = new TestSchema();
        await other.Open().PutAsync("job/other", new byte[] { 1 });
        Assert.True(await other.Open().TryMoveHeadAsync("job", 0, new byte[] { 1 }));
        await using var schema = new TestSchema();
        await using var source = NpgsqlDataSource.Create(PostgresServer.ConnectionString);
        await CheckpointStoreConformance.RunAsync(name, () => new PostgresCheckpointStore(source, o => (o.Schema, o.ChunkBytes) = (schema.Name, 64 << 10)), TestContext.Current.CancellationToken);
    }
}
