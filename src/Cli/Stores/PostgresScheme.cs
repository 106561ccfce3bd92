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
    {
        string connection = settings.ConnectionString ?? settings.Environment(Variable)
            ?? throw new ArgumentException($"it has no connection string; set {Variable} or the option to the one of the database.");
        return new PostgresCheckpointStore(connection, options => options.Schema = place.Length == 0 ? options.Schema : place);
    }
}
