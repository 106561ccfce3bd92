using System.Buffers;

namespace Gristmill.Checkpoints;

/// <summary>
/// The rule for object and job names: what is legal on every file system and in every blob store, and means the same on all.
/// </summary>
/// <remarks>
/// Parts of ASCII letters, digits, '-', '_', '+', '=', '@' and '.', joined by '/'. A part has 1 to 128 characters and neither
/// begins nor ends with '.', so there is no way up or out, and names beginning with '.' stay free for a store's temporary files.
/// </remarks>
public static class ObjectName
{
    /// <summary>The longest part of a name.</summary>
    public const int MaxPartLength = 128;

    /// <summary>The longest name.</summary>
    public const int MaxLength = 512;

    /// <summary>The part reserved for the store's own head of a job.</summary>
    public const string HeadPart = "head";

    private static readonly SearchValues<char> Legal =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+=@.");

    /// <summary>Throws unless the name is a legal object name.</summary>
    /// <exception cref="ArgumentException">It is not; the message says why.</exception>
    public static void Validate(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (FaultOf(name) is { } fault)
            throw new ArgumentException($"'{name}' is not a legal object name: {fault}.", nameof(name));
    }

    /// <summary>Throws unless the name is legal for a job, which is one part.</summary>
    /// <exception cref="ArgumentException">It is not; the message says why.</exception>
    public static void ValidateJob(string job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (FaultOfPart(job) is { } fault)
            throw new ArgumentException($"'{job}' is not a legal job name: {fault}.", nameof(job));
    }

    /// <summary>Throws unless the prefix can be the beginning of a legal name; the empty prefix is every object's.</summary>
    /// <exception cref="ArgumentException">It is not; the message says why.</exception>
    public static void ValidatePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        // Whatever a prefix lacks to be a name, one more letter gives it.
        if (prefix.Length > 0 && FaultOf(prefix + "x") is { } fault)
            throw new ArgumentException($"'{prefix}' is not the beginning of a legal object name: {fault}.", nameof(prefix));
    }

    /// <summary>Whether the name is a legal object name.</summary>
    public static bool IsValid(string name) => FaultOf(name) is null;

    private static string? FaultOf(string name)
    {
        if (name.Length > MaxLength)
            return $"it is longer than {MaxLength} characters";
        var part = 0;
        foreach (var range in name.AsSpan().Split('/'))
        {
            var text = name.AsSpan(range);
            if (FaultOfPart(text) is { } fault)
                return fault;
            if (part++ == 1 && text.Equals(HeadPart, StringComparison.OrdinalIgnoreCase))
                return $"'{HeadPart}' under a job is the store's own";
        }
        return null;
    }

    private static string? FaultOfPart(ReadOnlySpan<char> part)
    {
        if (part.IsEmpty)
            return "a part is empty";
        if (part.Length > MaxPartLength)
            return $"a part is longer than {MaxPartLength} characters";
        if (part.IndexOfAnyExcept(Legal) is >= 0 and var at)
            return $"the character U+{(int)part[at]:X4} is not allowed (letters, digits and -_+=@. are)";
        if (part[0] == '.' || part[^1] == '.')
            return "a part begins or ends with '.'";
        return null;
    }
}
