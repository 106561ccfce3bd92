using System.Reflection.Emit;

namespace Gristmill.Codec.Internal;

/// <summary>Finds structs whose memory is what would be written field by field: then a value, or a million, is one copy.</summary>
internal static class RawLayout
{
    /// <summary>True if all that is in the struct are raw values, in the schema's order, without gaps.</summary>
    public static bool Is(Shape record)
    {
        if (!record.Type.IsValueType || record.Members.Count == 0)
            return false;
        var plan = new RecordPlan(static type => type);
        plan.AddMembers(record, []);
        return plan.Steps.All(s => s is LeafStep { IsRaw: true }) && IsPacked(record.Type, plan.Steps);
    }

    /// <summary>Asks the runtime where it put the fields: it may have ordered them anew.</summary>
    private static bool IsPacked(Type type, IReadOnlyList<Step> steps)
    {
        var method = new DynamicMethod($"Layout {type.Name}", typeof(bool), null, typeof(RawLayout).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        var value = il.DeclareLocal(type);
        var differs = il.DefineLabel();
        var offset = 0;
        foreach (var step in steps.Cast<LeafStep>())
        {
            il.Emit(OpCodes.Ldloca, value);
            foreach (var field in step.Path)
                il.Emit(OpCodes.Ldflda, field);
            il.Emit(OpCodes.Ldloca, value);
            il.Emit(OpCodes.Sub);
            il.Emit(OpCodes.Conv_I4);
            il.Emit(OpCodes.Ldc_I4, offset);
            il.Emit(OpCodes.Bne_Un, differs);
            offset += step.Size;
        }
        il.Emit(OpCodes.Sizeof, type);
        il.Emit(OpCodes.Ldc_I4, offset);
        il.Emit(OpCodes.Ceq);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(differs);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<bool>>()();
    }
}
