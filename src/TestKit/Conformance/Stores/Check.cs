using System.Text;
using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>What the cases share.</summary>
internal static class Check
{
    public static void That(bool holds, string otherwise)
    {
        if (!holds)
            throw new ConformanceException(otherwise);
    }

    public static void Same(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> found, string what)
    {
        if (!expected.Span.SequenceEqual(found.Span))
            throw new ConformanceException($"{what} should have {expected.Length} bytes as written, but has {found.Length}, equal up to {expected.Span.CommonPrefixLength(found.Span)}.");
    }

    public static async Task<T> ThrowsAsync<T>(Func<Task> work, string what)
        where T : Exception
    {
        try
        {
            await work();
        }
        catch (T e)
        {
            return e;
        }
        catch (Exception e)
        {
            throw new ConformanceException($"{what} should throw {typeof(T).Name}, but threw {e.GetType().Name}: {e.Message}", e);
        }
        throw new ConformanceException($"{what} should throw {typeof(T).Name}, but did not throw.");
    }

    public static async Task PutAsync(ICheckpointStore store, string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await using var writer = await store.CreateAsync(name, cancellationToken);
        await writer.WriteAsync(content, cancellationToken);
        await writer.CompleteAsync(cancellationToken);
    }

    public static async Task<byte[]> GetAsync(ICheckpointStore store, string name, CancellationToken cancellationToken)
    {
        var length = await store.GetLengthAsync(name, cancellationToken);
        That(length is not null, $"'{name}' should exist.");
        // One byte more than there should be, so that a longer object shows.
        var buffer = new byte[length!.Value + 1];
        var read = await store.ReadAsync(name, 0, buffer, cancellationToken);
        return buffer[..read];
    }

    public static async Task<List<string>> NamesAsync(ICheckpointStore store, string prefix, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var item in store.ListAsync(prefix, cancellationToken))
            names.Add(item.Name);
        return names;
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <summary>Bytes that differ everywhere, the same in every run.</summary>
    public static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)((uint)i * 2654435761 >> 21);
        return bytes;
    }

    /// <summary>Starts all on the pool and waits for all.</summary>
    public static Task<T[]> TogetherAsync<T>(int count, Func<int, Task<T>> work) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(() => work(i))));
}
