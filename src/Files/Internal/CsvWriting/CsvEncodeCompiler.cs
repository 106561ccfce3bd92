using System.Linq.Expressions;
using CsvHelper;

namespace Gristmill.Files.Internal;

/// <summary>Writes the fields of a record.</summary>
internal delegate void CsvEncode<T>(CsvWriter writer, in T record);

/// <summary>Compiles the columns of a record type to a straight line of calls, with the columns' expressions in it.</summary>
internal static class CsvEncodeCompiler
{
    public static CsvEncode<T> Compile<T>(IReadOnlyList<CsvOutputColumn> columns, string dateTimeFormat)
    {
        ParameterExpression writer = Expression.Parameter(typeof(CsvWriter), "writer");
        ParameterExpression record = Expression.Parameter(typeof(T).MakeByRefType(), "record");
        IEnumerable<Expression> fields = columns.Select(column => Expression.Call(
            CsvFields.For(column.Value.ReturnType)!,
            writer,
            new Inline(column.Value.Parameters[0], record).Visit(column.Value.Body),
            Expression.Constant(column.Format ?? DefaultFormat(column.Value.ReturnType, dateTimeFormat), typeof(string))));
        return Expression.Lambda<CsvEncode<T>>(Expression.Block(fields), writer, record).Compile();
    }

    private static string? DefaultFormat(Type type, string dateTimeFormat)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(DateTime) || type == typeof(DateTimeOffset) ? dateTimeFormat : null;
    }

    private sealed class Inline(ParameterExpression parameter, Expression argument) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == parameter ? argument : node;
    }
}
