namespace Gristmill.Codec.Internal;

internal static class Limits
{
    /// <summary>How deep values of a recursive type may nest. About a kilobyte of stack a level: well inside the smallest default stack (1.5 MB).</summary>
    public const int Depth = 1000;

    /// <summary>For how many items of a collection room is made before the first is read; more room follows as they come.</summary>
    public const int FirstItems = 256;

    /// <summary>How deep a schema may nest: far more than any program's types, far less than a stack.</summary>
    public const int SchemaDepth = 200;
}
