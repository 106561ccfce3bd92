namespace Gristmill.Silo.Settings;

/// <summary>Copies on this silo's own disk of what its subtasks write.</summary>
internal sealed record LocalCopySettings(string Folder, long MaxBytes)
{
    public static LocalCopySettings Read(SettingsReader reader)
    {
        var settings = new LocalCopySettings(
            reader.Required("Folder", "set it to a folder on a disk of this machine that no other silo uses, or leave LocalCopies out"),
            reader.Bytes("MaxBytes", 10L << 30, 1 << 20, long.MaxValue));
        reader.NothingElse();
        return settings;
    }
}
