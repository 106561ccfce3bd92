using System.Linq.Expressions;
using System.Reflection;

namespace Gristmill.Files.Internal;

/// <summary>A column to write: its name, how its value comes from a record, its format.</summary>
internal sealed record CsvOutputColumn(string Name, LambdaExpression Value, string? Format)
{
    /// <summary>The columns of a type's public members, in the order of declaration, a base type's first.</summary>
    public static IReadOnlyList<CsvOutputColumn> Of<T>(CsvWriteOptions<T> options)
    {
        if (options.Columns.Count > 0)
            return options.Columns;
        ParameterExpression record = Expression.Parameter(typeof(T), "record");
        return [.. typeof(T).GetMembers(BindingFlags.Instance | BindingFlags.Public)
            .Where(m => m is PropertyInfo { GetMethod.IsPublic: true } p && p.GetIndexParameters().Length == 0 || m is FieldInfo)
            .OrderBy(m => Depth(m.DeclaringType!)).ThenBy(m => m.MetadataToken)
            .Select(m => new CsvOutputColumn(
                options.NamingPolicy?.ConvertName(m.Name) ?? m.Name,
                Expression.Lambda(Expression.MakeMemberAccess(record, m), record),
                null))];
    }

    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;
}
