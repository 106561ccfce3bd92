namespace Gristmill.Codec.Internal;

internal static class TypeNames
{
    /// <summary>As in C#, without namespaces: <c>List&lt;Order&gt;</c>. For paths and schemas.</summary>
    public static string Short(Type type)
    {
        if (type.IsArray)
            return $"{Short(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (!type.IsGenericType)
            return type.Name;
        var bare = type.Name.Split('`')[0];
        return $"{bare}<{string.Join(", ", type.GetGenericArguments().Select(Short))}>";
    }

    /// <summary>With the namespace, without type arguments: <c>System.Func`1</c>. For messages.</summary>
    public static string Full(Type type)
    {
        if (type.IsArray)
            return $"{Full(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        var named = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return named.FullName ?? named.Name;
    }
}
