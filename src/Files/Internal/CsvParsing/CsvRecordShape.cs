using System.Reflection;
using System.Runtime.CompilerServices;

namespace Gristmill.Files.Internal;

/// <summary>
/// How a record is made. A class is made by its constructor, or without parameters if it can be, and then its settable
/// members are set. A struct whose members can all be set is filled in place, without a constructor: that is what keeps it
/// from being copied into the batch.
/// </summary>
internal sealed class CsvRecordShape
{
    private CsvRecordShape(ConstructorInfo? constructor, IReadOnlyList<CsvMember> members, bool coversAllFields)
    {
        Constructor = constructor;
        Members = members;
        CoversAllFields = coversAllFields;
    }

    /// <summary>The constructor to call; null for a struct that is filled in place.</summary>
    public ConstructorInfo? Constructor { get; }

    /// <summary>Parameters first, then other settable members, each in the order of declaration.</summary>
    public IReadOnlyList<CsvMember> Members { get; }

    /// <summary>Whether setting the members leaves nothing of what a slot held before.</summary>
    public bool CoversAllFields { get; }

    public static CsvRecordShape Of<T>(CsvReadOptions<T> options)
    {
        Type type = typeof(T);
        ConstructorInfo? constructor = ChooseConstructor(type);
        var nullability = new NullabilityInfoContext();
        List<MemberInfo> settable = [.. SettableMembers(type)];
        var members = new List<CsvMember>();
        foreach (ParameterInfo parameter in constructor?.GetParameters() ?? [])
        {
            MemberInfo? target = settable.FirstOrDefault(m =>
                string.Equals(m.Name, parameter.Name, StringComparison.OrdinalIgnoreCase) && TypeOf(m) == parameter.ParameterType);
            if (target is not null)
                settable.Remove(target);
            bool mayBeNull = nullability.Create(parameter).WriteState == NullabilityState.Nullable;
            members.Add(Describe(options, target?.Name ?? parameter.Name!, parameter.ParameterType, mayBeNull) with { Target = target, Parameter = parameter });
        }
        foreach (MemberInfo member in settable)
        {
            bool mayBeNull = (member is PropertyInfo p ? nullability.Create(p) : nullability.Create((FieldInfo)member)).WriteState == NullabilityState.Nullable;
            members.Add(Describe(options, member.Name, TypeOf(member), mayBeNull) with { Target = member });
        }
        bool inPlace = type.IsValueType && members.TrueForAll(m => m.Target is not null);
        bool covers = members.Count(m => !m.Ignored && IsPlainStorage(m.Target))
            == type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Length;
        return new CsvRecordShape(inPlace ? null : constructor, members, covers);
    }

    private static CsvMember Describe<T>(CsvReadOptions<T> options, string name, Type type, bool mayBeNull) =>
        new(name, type, options.Columns.GetValueOrDefault(name, name))
        {
            EmptyIsNull = Nullable.GetUnderlyingType(type) is not null || (!type.IsValueType && mayBeNull),
            IsLine = name == options.LineMember,
            Ignored = options.Ignored.Contains(name),
        };

    private static ConstructorInfo? ChooseConstructor(Type type)
    {
        IEnumerable<ConstructorInfo> candidates = type.GetConstructors()
            .Where(c => !(c.GetParameters() is [var only] && only.ParameterType == type));
        // A struct always can be made without parameters, so its declared constructor is the one that says what it consists of.
        return type.IsValueType
            ? candidates.MaxBy(c => c.GetParameters().Length)
            : candidates.FirstOrDefault(c => c.GetParameters().Length == 0) ?? candidates.MaxBy(c => c.GetParameters().Length);
    }

    private static IEnumerable<MemberInfo> SettableMembers(Type type) =>
        type.GetMembers(BindingFlags.Instance | BindingFlags.Public)
            .Where(m => m is PropertyInfo { SetMethod.IsPublic: true } p && p.GetIndexParameters().Length == 0 || m is FieldInfo { IsInitOnly: false })
            .OrderBy(m => Depth(m.DeclaringType!)).ThenBy(m => m.MetadataToken);

    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;

    private static Type TypeOf(MemberInfo member) => member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;

    private static bool IsPlainStorage(MemberInfo? member) =>
        member is FieldInfo || member is PropertyInfo { SetMethod: { } set } && set.IsDefined(typeof(CompilerGeneratedAttribute));
}
