using Gristmill.Checkpoints;

namespace Gristmill.Cli.Stores;

/// <summary>A folder of files.</summary>
internal sealed class FolderScheme : StoreScheme
{
    public override string Prefix => "";

    public override string Form => "a folder path";

    public override ICheckpointStore Open(string place, StoreSettings settings)
        => settings.MustExist && !Directory.Exists(place)
            ? throw new ArgumentException($"there is no folder '{Path.GetFullPath(place)}'; name the one that jobs write their checkpoints to.")
            : new FileCheckpointStore(place);
}
