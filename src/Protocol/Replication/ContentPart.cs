namespace Gristmill.Protocol;

/// <summary>A part of a content on its way to another replica; all of them in order make it up again.</summary>
/// <param name="Kind">What it is part of.</param>
/// <param name="Name">The object, or the job of a head.</param>
/// <param name="Id">The upload or operation.</param>
/// <param name="Number">When it was modified, the version of a head, what was made by then.</param>
/// <param name="Other">A second number: the outcome of an operation, what is forgotten.</param>
/// <param name="Bytes">A piece of it.</param>
public readonly record struct ContentPart(ContentPartKind Kind, string Name, Guid Id, long Number, long Other, ReadOnlyMemory<byte> Bytes);

/// <summary>What a part is part of.</summary>
public enum ContentPartKind
{
    /// <summary>The counts of the whole; the first.</summary>
    Counts = 0,

    /// <summary>A piece of an object; one without pieces has an empty one.</summary>
    Object,

    /// <summary>A piece of an upload.</summary>
    Upload,

    /// <summary>A head.</summary>
    Head,

    /// <summary>An outcome, in order.</summary>
    Outcome,
}
