using System.Reflection;
using System.Reflection.Emit;

namespace Gristmill.Codec.Internal;

internal delegate ulong KeyHasher<T>(ref T key);

internal delegate bool KeyComparer<T>(ref T a, ref T b);

/// <summary>Compiles hash and equality of types made of members: those of the members, in the schema's order.</summary>
internal static class KeyCompiler
{
    private static readonly MethodInfo Combine = typeof(KeyHash).GetMethod(nameof(KeyHash.Combine))!;

    public static KeyHasher<T> Hasher<T>()
    {
        if (KeyProblems.Of(typeof(T)) is { Count: > 0 } problems)
            return (ref _) => throw new UnsupportedTypeException(typeof(T), problems);
        return Nullable.GetUnderlyingType(typeof(T)) is { } element
            ? Bind<KeyHasher<T>>(nameof(HashNullable), element)
            : EmitHasher<T>();
    }

    public static KeyComparer<T> Comparer<T>()
    {
        if (KeyProblems.Of(typeof(T)) is { Count: > 0 } problems)
            return (ref _, ref _) => throw new UnsupportedTypeException(typeof(T), problems);
        return Nullable.GetUnderlyingType(typeof(T)) is { } element
            ? Bind<KeyComparer<T>>(nameof(CompareNullable), element)
            : EmitComparer<T>();
    }

    private static TDelegate Bind<TDelegate>(string method, Type element)
        where TDelegate : Delegate =>
        typeof(KeyCompiler).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(element).CreateDelegate<TDelegate>();

    // A value hashes as it would if it couldn't be missing, so that T may become T? later.
    private static ulong HashNullable<T>(ref T? key)
        where T : struct =>
        key.HasValue ? KeyTraits<T>.Hash(in Nullable.GetValueRefOrDefaultRef(in key)) : KeyHash.Null;

    private static bool CompareNullable<T>(ref T? a, ref T? b)
        where T : struct =>
        a.HasValue && b.HasValue
            ? KeyTraits<T>.Equals(in Nullable.GetValueRefOrDefaultRef(in a), in Nullable.GetValueRefOrDefaultRef(in b))
            : a.HasValue == b.HasValue;

    private static KeyHasher<T> EmitHasher<T>()
    {
        var method = Method(typeof(ulong), typeof(T), 1);
        var il = method.GetILGenerator();
        if (!typeof(T).IsValueType)
            ReturnIfNull(il, OpCodes.Ldarg_0, static il => il.Emit(OpCodes.Ldc_I8, unchecked((long)KeyHash.Null)));
        var members = Shapes.Of(typeof(T)).Members;
        il.Emit(OpCodes.Ldc_I8, (long)members.Count);
        foreach (var member in members)
        {
            LoadMember<T>(il, OpCodes.Ldarg_0, member.Field);
            il.Emit(OpCodes.Call, OfTraits(nameof(KeyTraits<>.Hash), member.Type));
            il.Emit(OpCodes.Call, Combine);
        }
        if (members.Count == 0)
            il.Emit(OpCodes.Call, typeof(KeyHash).GetMethod(nameof(KeyHash.Mix))!);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<KeyHasher<T>>();
    }

    private static KeyComparer<T> EmitComparer<T>()
    {
        var method = Method(typeof(bool), typeof(T), 2);
        var il = method.GetILGenerator();
        if (!typeof(T).IsValueType)
        {
            ReturnIfNull(il, OpCodes.Ldarg_0, static il => EmitIsNull(il, OpCodes.Ldarg_1));
            ReturnIfNull(il, OpCodes.Ldarg_1, static il => il.Emit(OpCodes.Ldc_I4_0));
        }
        var differ = il.DefineLabel();
        foreach (var member in Shapes.Of(typeof(T)).Members)
        {
            LoadMember<T>(il, OpCodes.Ldarg_0, member.Field);
            LoadMember<T>(il, OpCodes.Ldarg_1, member.Field);
            il.Emit(OpCodes.Call, OfTraits(nameof(KeyTraits<>.Equals), member.Type));
            il.Emit(OpCodes.Brfalse, differ);
        }
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(differ);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<KeyComparer<T>>();
    }

    private static DynamicMethod Method(Type returns, Type key, int keys) =>
        new($"Key {key.Name}", returns, [.. Enumerable.Repeat(key.MakeByRefType(), keys)], typeof(KeyCompiler).Module, skipVisibility: true);

    private static MethodInfo OfTraits(string name, Type member) => typeof(KeyTraits<>).MakeGenericType(member)
        .GetMethods(BindingFlags.Static | BindingFlags.Public).Single(m => m.Name == name);

    private static void LoadMember<T>(ILGenerator il, OpCode argument, FieldInfo field)
    {
        il.Emit(argument);
        if (!typeof(T).IsValueType)
            il.Emit(OpCodes.Ldind_Ref);
        il.Emit(OpCodes.Ldflda, field);
    }

    private static void EmitIsNull(ILGenerator il, OpCode argument)
    {
        il.Emit(argument);
        il.Emit(OpCodes.Ldind_Ref);
        il.Emit(OpCodes.Ldnull);
        il.Emit(OpCodes.Ceq);
    }

    private static void ReturnIfNull(ILGenerator il, OpCode argument, Action<ILGenerator> result)
    {
        var goOn = il.DefineLabel();
        EmitIsNull(il, argument);
        il.Emit(OpCodes.Brfalse, goOn);
        result(il);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(goOn);
    }
}
