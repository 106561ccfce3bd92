using Gristmill.Checkpoints;
using Gristmill.Postgres;

namespace Gristmill.Cli.Stores;

/// <summary>A schema of a PostgreSQL database.</summary>
internal sealed class PostgresScheme : StoreScheme
{
    public override string Prefix => "postgres:";

    public override string Form => "postgres:[SCHEMA]";

    public override string Variable => "GRISTMILL_POSTGRES_CONNECTION";

    public override ICheckpointStore Open(string place, StoreSettings settings)
        => new PostgresCheckpointStore(ConnectionString(settings, "the database"), options => options.Schema = place.Length == 0 ? options.Schema : place);
}
