using System.Reflection;
using System.Runtime.CompilerServices;

namespace Gristmill.Codec.Internal;

internal delegate void RecordWriter<T>(ByteWriter writer, ref T value);

internal delegate void RecordReader<T>(ref ByteReader reader, ref T value);

/// <summary>
/// Compiles a plan into one method a record: fields of fixed size by plain stores and loads after one check of the room, strings and
/// codecs by direct calls. A dynamic method, because it may set read-only and private fields; and it is optimised from its first call.
/// </summary>
internal static class RecordEmitter
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly MethodInfo Claim = typeof(ByteWriter).GetMethod(nameof(ByteWriter.Claim), Any)!;
    private static readonly MethodInfo Take = typeof(ByteReader).GetMethod(nameof(ByteReader.Take), Any)!;
    private static readonly MethodInfo WriteString = typeof(ByteWriter).GetMethod(nameof(ByteWriter.WriteNullableString), Any)!;
    private static readonly MethodInfo ReadString = typeof(ByteReader).GetMethod(nameof(ByteReader.ReadNullableString), Any)!;
    private static readonly MethodInfo Skip = typeof(Schema).GetMethod(nameof(Schema.Skip), Any)!;
    private static readonly MethodInfo As = typeof(Unsafe).GetMethods().Single(m => m.Name == nameof(Unsafe.As) && m.GetGenericArguments().Length == 1);

    public static RecordWriter<T> Writer<T>(IReadOnlyList<Step> plan)
    {
        if (plan.Any(s => s is SkipStep or DefaultStep))
            return static (_, ref _) => throw new InvalidOperationException("A codec for data of another version only reads.");
        var emit = new Emission(typeof(T), "Write", typeof(ByteWriter), plan);
        for (var i = 0; i < plan.Count; i++)
            if (plan[i] is LeafStep leaf)
                WriteLeaf(emit, leaf, emit.RunFrom(i, static s => s is LeafStep));
            else
                WriteStep(emit, plan[i], i);
        return (RecordWriter<T>)emit.Finish(typeof(RecordWriter<T>));
    }

    public static RecordReader<T> Reader<T>(IReadOnlyList<Step> plan)
    {
        var emit = new Emission(typeof(T), "Read", typeof(ByteReader).MakeByRefType(), plan);
        for (var i = 0; i < plan.Count; i++)
            if (plan[i] is LeafStep { IsRaw: true } leaf)
                ReadLeaf(emit, leaf, emit.RunFrom(i, static s => s is LeafStep { IsRaw: true }));
            else
                ReadStep(emit, plan[i], i);
        return (RecordReader<T>)emit.Finish(typeof(RecordReader<T>));
    }

    private static void WriteLeaf(Emission emit, LeafStep step, Run run)
    {
        emit.BeginRun(run, Claim);
        emit.LoadRunAddress(run);
        emit.LoadValue(step.Path);
        emit.Call(OfWire(nameof(Wire.Put), step.Type));
    }

    private static void WriteStep(Emission emit, Step step, int index)
    {
        switch (step)
        {
            case StringStep:
                emit.LoadCoder();
                emit.LoadValue(step.Path);
                emit.Call(WriteString);
                break;
            case CodecStep:
                LoadTarget(emit, index, typeof(Codec<>).MakeGenericType(step.Type));
                emit.LoadCoder();
                emit.LoadAddress(step.Path);
                emit.CallVirtual(OfCodec(step, nameof(Codec<>.Write)));
                break;
            case PadStep:
                emit.LoadCoder();
                emit.LoadNumber(0);
                emit.Call(typeof(ByteWriter).GetMethod(nameof(ByteWriter.WriteByte), Any)!);
                break;
        }
    }

    private static void ReadLeaf(Emission emit, LeafStep step, Run run)
    {
        emit.BeginRun(run, Take);
        emit.LoadParent(step.Path);
        emit.LoadRunAddress(run);
        emit.Call(OfWire(nameof(Wire.Take), step.Type));
        emit.Store(step.Path);
    }

    private static void ReadStep(Emission emit, Step step, int index)
    {
        switch (step)
        {
            case SkipStep:
                LoadTarget(emit, index, typeof(Schema));
                emit.LoadCoder();
                emit.Call(Skip);
                return;
            case PadStep:
                emit.LoadCoder();
                emit.LoadNumber(1);
                emit.Call(Take);
                emit.Drop();
                return;
            case DefaultStep:
                emit.LoadParent(step.Path);
                emit.LoadTarget(index);
                // A nullable is unboxed from the value it holds.
                emit.Unbox(step.Type);
                emit.Store(step.Path);
                return;
        }
        emit.LoadParent(step.Path);
        if (step is CodecStep)
            LoadTarget(emit, index, typeof(Codec<>).MakeGenericType(step.Type));
        emit.LoadCoder();
        if (step is CodecStep)
            emit.CallVirtual(OfCodec(step, nameof(Codec<>.Read)));
        else
            emit.Call(step is StringStep ? ReadString : OfWire(nameof(Wire.Get), step.Type));
        emit.Store(step.Path);
    }

    private static MethodInfo OfWire(string name, Type type) => typeof(Wire).GetMethod(name)!.MakeGenericMethod(type);

    private static MethodInfo OfCodec(Step step, string name) => typeof(Codec<>).MakeGenericType(step.Type).GetMethod(name)!;

    private static void LoadTarget(Emission emit, int index, Type type)
    {
        emit.LoadTarget(index);
        emit.Call(As.MakeGenericMethod(type));
    }
}
