namespace Gristmill.Codec;

/// <summary>A field of a record.</summary>
/// <param name="Name">Its name; that of the property for the field behind a property.</param>
/// <param name="Schema">What it holds.</param>
public sealed record SchemaField(string Name, Schema Schema);

/// <summary>A named number of an enum.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its number; the bits of it if the enum's numbers are unsigned and of 64 bits.</param>
public sealed record SchemaMember(string Name, long Value);
