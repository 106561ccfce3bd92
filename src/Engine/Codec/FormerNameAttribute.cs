namespace Gristmill.Codec;

/// <summary>
/// A name that a field, property or member of an enum had before: what was written under it is read into the one that carries this.
/// May be given several times, once for each name. The new name is written.
/// </summary>
/// <remarks>
/// On the parameter of a record's or class's primary constructor it is the property's or captured field's. Keep it as long as a
/// checkpoint from before the change may be read. A name can't be a former one and in use: give the newcomer another.
/// </remarks>
/// <param name="name">The former name, as it stands in the schema: that of the field, property or member.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter, AllowMultiple = true)]
public sealed class FormerNameAttribute(string name) : Attribute
{
    /// <summary>The former name.</summary>
    public string Name { get; } = name;
}
