namespace Gristmill.Engine.Tests.Checkpoints;

/// <summary>A folder of its own for a test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gristmill-store-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
