using Microsoft.Extensions.FileSystemGlobbing;

namespace Gristmill.Files.Internal;

/// <summary>
/// The files that paths and patterns name. A file's id is its path below the longest directory that all of them share
/// before their first wildcard. The patterns decide that root, not the files found, so ids neither change when files come
/// and go nor when the whole tree is moved elsewhere.
/// </summary>
internal sealed class FileSet : InputFiles
{
    private readonly (string Root, string? Glob, string Given)[] _patterns;

    public FileSet(IEnumerable<string> pathsOrGlobs)
    {
        _patterns = [.. pathsOrGlobs.Select(Analyze)];
        if (_patterns.Length == 0)
            throw new ArgumentException("No files are named; give at least one path or pattern.", nameof(pathsOrGlobs));
        Root = _patterns.Select(p => p.Root).Aggregate(CommonDirectory);
    }

    public string Root { get; }

    /// <summary>The file of an id, wherever the tree lies now.</summary>
    public override string PathOf(string id) => Path.GetFullPath(Path.Combine(Root, id));

    public override InputBytes Open(string id) => new LocalBytes(PathOf(id));

    public override IReadOnlyList<string> List()
    {
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((string root, string? glob, string given) in _patterns)
        {
            int before = ids.Count;
            bool any = false;
            foreach (string file in Find(root, glob, given))
            {
                any = true;
                ids.Add(Path.GetRelativePath(Root, file).Replace('\\', '/'));
            }
            if (!any && ids.Count == before)
                throw new SourceFileException(given, $"The pattern '{given}' finds no file below '{root}'; mend the pattern or put the input there.");
        }
        return [.. ids];
    }

    private static IEnumerable<string> Find(string root, string? glob, string given)
    {
        if (glob is not null)
        {
            // What a file sink has not published yet is nobody's input.
            var matcher = new Matcher(StringComparison.Ordinal).AddInclude(glob).AddExclude("**/.staging/**");
            return Directory.Exists(root) ? matcher.GetResultsInFullPath(root) : [];
        }
        string path = Path.GetFullPath(given);
        if (File.Exists(path))
            return [path];
        throw new SourceFileException(given, Directory.Exists(path)
            ? $"'{path}' is a directory; name its files by a pattern such as '{Path.Combine(given, "*")}'."
            : $"The file '{path}' is missing; mend the path or put the input there.");
    }

    private static (string Root, string? Glob, string Given) Analyze(string given)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(given);
        int star = given.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
            return (Path.GetDirectoryName(Path.GetFullPath(given)) ?? Path.GetFullPath(given), null, given);
        int slash = given.LastIndexOfAny([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], star);
        string root = slash < 0 ? "." : given[..(slash + 1)];
        return (Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)), given[(slash + 1)..], given);
    }

    private static string CommonDirectory(string left, string right)
    {
        string common = left;
        while (!IsWithin(right, common) && Path.GetDirectoryName(common) is { } parent)
            common = parent;
        return common;
    }

    private static bool IsWithin(string path, string directory) =>
        path.StartsWith(directory, StringComparison.Ordinal)
        && (path.Length == directory.Length || Path.EndsInDirectorySeparator(directory) || path[directory.Length] == Path.DirectorySeparatorChar);
}
