using System.IO.Compression;
using System.Text;

namespace Gristmill.Files.Tests;

/// <summary>A directory that goes away with the test.</summary>
public sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gristmill-files-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        string path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes text plain, or as gzip where the name ends so.</summary>
    public string WriteAs(string name, string text) => Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip(text) : Encoding.UTF8.GetBytes(text));

    public static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }

    /// <summary>The names of the published files, in order.</summary>
    public string[] Published() => [.. Directory.GetFiles(Path).Select(f => System.IO.Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    /// <summary>The names of the staged files (markers left out), in order.</summary>
    public string[] Staged() => !Directory.Exists(this[".staging"]) ? [] :
        [.. Directory.GetFiles(this[".staging"]).Select(f => System.IO.Path.GetFileName(f)).Where(f => !f.Contains(".applied-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
