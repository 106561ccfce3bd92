using System.Linq.Expressions;
using System.Reflection;
using CsvHelper;

namespace Gristmill.Files.Internal;

/// <summary>Makes the current row into a record in a slot. Gives -1, or the index of the member whose field did not parse.</summary>
internal delegate int CsvFill<T>(CsvReader row, CsvColumns columns, ref T slot);

/// <summary>
/// Compiles, once per record type, the straight line of code from a row's fields to a slot: parse each field into a local,
/// and when all have parsed, set the members. No boxing, no reflection and no delegate a field.
/// </summary>
internal static class CsvFillCompiler
{
    private static readonly ParameterExpression Row = Expression.Parameter(typeof(CsvReader), "row");
    private static readonly ParameterExpression Columns = Expression.Parameter(typeof(CsvColumns), "columns");

    public static CsvFill<T> Compile<T>(CsvRecordShape shape)
    {
        ParameterExpression slot = Expression.Parameter(typeof(T).MakeByRefType(), "slot");
        LabelTarget done = Expression.Label(typeof(int));
        ParameterExpression[] values = [.. shape.Members.Select(m => Expression.Variable(m.Type, m.Name))];
        var steps = new List<Expression>();
        for (int i = 0; i < values.Length; i++)
            steps.Add(Expression.IfThen(Expression.Not(Parse(shape.Members[i], i, values[i])), Expression.Return(done, Expression.Constant(i))));
        steps.AddRange(shape.Constructor is null && typeof(T).IsValueType ? InPlace(shape, slot, values) : Construct<T>(shape, slot, values));
        steps.Add(Expression.Label(done, Expression.Constant(-1)));
        return Expression.Lambda<CsvFill<T>>(Expression.Block(values, steps), Row, Columns, slot).Compile();
    }

    private static IEnumerable<Expression> InPlace(CsvRecordShape shape, ParameterExpression slot, ParameterExpression[] values)
    {
        // The slot holds whatever an earlier batch left there.
        if (!shape.CoversAllFields)
            yield return Expression.Assign(slot, Expression.Default(slot.Type));
        for (int i = 0; i < values.Length; i++)
        {
            if (!shape.Members[i].Ignored)
                yield return Set(slot, shape.Members[i], values[i]);
        }
    }

    private static IEnumerable<Expression> Construct<T>(CsvRecordShape shape, ParameterExpression slot, ParameterExpression[] values)
    {
        int parameters = shape.Constructor?.GetParameters().Length ?? 0;
        ParameterExpression record = Expression.Variable(typeof(T), "record");
        var steps = new List<Expression>
        {
            Expression.Assign(record, shape.Constructor is { } constructor ? Expression.New(constructor, values[..parameters]) : Expression.New(typeof(T))),
        };
        for (int i = parameters; i < values.Length; i++)
        {
            if (!shape.Members[i].Ignored)
                steps.Add(Set(record, shape.Members[i], values[i]));
        }
        steps.Add(Expression.Assign(slot, record));
        return [Expression.Block([record], steps)];
    }

    private static BinaryExpression Set(Expression record, CsvMember member, Expression value) => Expression.Assign(
        member.Target is PropertyInfo property ? Expression.Property(record, property) : Expression.Field(record, (FieldInfo)member.Target!), value);

    /// <summary>An expression that assigns a member's value and says whether there is one.</summary>
    private static Expression Parse(CsvMember member, int index, ParameterExpression value)
    {
        if (member.Ignored)
            return Assigned(value, Fallback(member));
        if (member.IsLine)
            return Expression.Call(typeof(FieldParsers), nameof(FieldParsers.Line), null, Row, value);
        Expression parse = ParseField(member, index, value);
        if (!member.IsOptional)
            return parse;
        Expression field = Expression.ArrayIndex(Expression.Field(Columns, nameof(CsvColumns.Index)), Expression.Constant(index));
        return Expression.Condition(Expression.LessThan(field, Expression.Constant(0)), Assigned(value, Fallback(member)), parse);
    }

    private static Expression ParseField(CsvMember member, int index, ParameterExpression value)
    {
        MethodInfo parser = FieldParsers.For(member)!;
        if (Nullable.GetUnderlyingType(member.Type) is not { } inner)
            return Expression.Call(parser, Row, Columns, Expression.Constant(index), value);
        ParameterExpression parsed = Expression.Variable(inner);
        return Expression.Condition(
            Expression.Call(typeof(FieldParsers), nameof(FieldParsers.IsEmpty), null, Row, Columns, Expression.Constant(index)),
            Assigned(value, Expression.Default(value.Type)),
            Expression.Block([parsed], Expression.AndAlso(
                Expression.Call(parser, Row, Columns, Expression.Constant(index), parsed),
                Assigned(value, Expression.Convert(parsed, value.Type)))));
    }

    private static Expression Fallback(CsvMember member) =>
        member.Default is { } value ? Expression.Convert(Expression.Constant(value), member.Type) : Expression.Default(member.Type);

    private static BlockExpression Assigned(Expression target, Expression value) =>
        Expression.Block(typeof(bool), Expression.Assign(target, value), Expression.Constant(true));
}
