using System.Reflection;
using System.Reflection.Emit;

namespace Gristmill.Codec.Internal;

/// <summary>Steps of fixed size that share one claim of room.</summary>
/// <param name="Size">Bytes in all.</param>
/// <param name="Offset">Where the present step is among them.</param>
internal readonly record struct Run(int Size, int Offset);

/// <summary>A method being made: (object[] targets, coder, ref T value). The coder is the writer or the reader.</summary>
internal sealed class Emission
{
    private readonly DynamicMethod _method;
    private readonly ILGenerator _il;
    private readonly LocalBuilder _run;
    private readonly IReadOnlyList<Step> _plan;
    private readonly bool _isClass;

    public Emission(Type type, string name, Type coder, IReadOnlyList<Step> plan)
    {
        _method = new($"{name} {type.Name}", null, [typeof(object[]), coder, type.MakeByRefType()], typeof(Emission).Module, skipVisibility: true);
        _il = _method.GetILGenerator();
        _run = _il.DeclareLocal(typeof(byte).MakeByRefType());
        _plan = plan;
        _isClass = !type.IsValueType;
    }

    /// <summary>How the step at the index lies in the run of neighbours that are alike.</summary>
    public Run RunFrom(int index, Predicate<Step> alike)
    {
        var (first, last) = (index, index);
        while (first > 0 && alike(_plan[first - 1]))
            first--;
        while (last + 1 < _plan.Count && alike(_plan[last + 1]))
            last++;
        return new(SizeOf(first, last + 1), SizeOf(first, index));
    }

    /// <summary>Claims or takes the bytes of a run, at its first step.</summary>
    public void BeginRun(Run run, MethodInfo claim)
    {
        if (run.Offset > 0)
            return;
        LoadCoder();
        LoadNumber(run.Size);
        Call(claim);
        _il.Emit(OpCodes.Stloc, _run);
    }

    public void LoadRunAddress(Run run)
    {
        _il.Emit(OpCodes.Ldloc, _run);
        LoadNumber(run.Offset);
        _il.Emit(OpCodes.Add);
    }

    public void LoadCoder() => _il.Emit(OpCodes.Ldarg_1);

    public void LoadNumber(int value) => _il.Emit(OpCodes.Ldc_I4, value);

    public void LoadTarget(int index)
    {
        _il.Emit(OpCodes.Ldarg_0);
        LoadNumber(index);
        _il.Emit(OpCodes.Ldelem_Ref);
    }

    /// <summary>What the last field of a path is in: an object, or the address of a struct.</summary>
    public void LoadParent(IReadOnlyList<FieldInfo> path)
    {
        _il.Emit(OpCodes.Ldarg_2);
        if (_isClass)
            _il.Emit(OpCodes.Ldind_Ref);
        for (var i = 0; i < path.Count - 1; i++)
            _il.Emit(OpCodes.Ldflda, path[i]);
    }

    public void LoadValue(IReadOnlyList<FieldInfo> path)
    {
        LoadParent(path);
        _il.Emit(OpCodes.Ldfld, path[^1]);
    }

    public void LoadAddress(IReadOnlyList<FieldInfo> path)
    {
        LoadParent(path);
        _il.Emit(OpCodes.Ldflda, path[^1]);
    }

    public void Store(IReadOnlyList<FieldInfo> path) => _il.Emit(OpCodes.Stfld, path[^1]);

    public void Call(MethodInfo method) => _il.Emit(OpCodes.Call, method);

    public void CallVirtual(MethodInfo method) => _il.Emit(OpCodes.Callvirt, method);

    public void Unbox(Type type) => _il.Emit(OpCodes.Unbox_Any, type);

    public void Drop() => _il.Emit(OpCodes.Pop);

    /// <summary>Ends the method and binds the codecs and schemas its steps use.</summary>
    public Delegate Finish(Type type)
    {
        _il.Emit(OpCodes.Ret);
        return _method.CreateDelegate(type, _plan.Select(TargetOf).ToArray());
    }

    private static object? TargetOf(Step step) => step switch
    {
        CodecStep codec => codec.Codec,
        SkipStep skip => skip.Written,
        DefaultStep stated => stated.Value,
        _ => null,
    };

    private int SizeOf(int from, int to)
    {
        var size = 0;
        for (var i = from; i < to; i++)
            size += ((LeafStep)_plan[i]).Size;
        return size;
    }
}
