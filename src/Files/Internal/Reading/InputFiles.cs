namespace Gristmill.Files.Internal;

/// <summary>
/// Where input files are: a directory tree, or anything else with named files that are read at any offset. Used on pool
/// threads only: every call may block.
/// </summary>
internal abstract class InputFiles
{
    /// <summary>How many files to look at side by side while splits are discovered.</summary>
    public virtual int Parallelism => 1;

    /// <summary>The ids of the files there are, in ordinal order. An id is the same at every start.</summary>
    public abstract IReadOnlyList<string> List();

    /// <summary>What to call the file of an id in a message.</summary>
    public abstract string PathOf(string id);

    /// <summary>Opens the file of an id.</summary>
    public abstract InputBytes Open(string id);
}
