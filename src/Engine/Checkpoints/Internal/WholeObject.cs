namespace Gristmill.Checkpoints.Internal;

/// <summary>Reads small objects whole.</summary>
internal static class WholeObject
{
    /// <summary>The object's bytes; refuses one longer than <paramref name="max"/>.</summary>
    public static async ValueTask<byte[]> ReadAsync(ICheckpointStore store, string name, long max, CancellationToken cancellationToken)
    {
        var length = await store.GetLengthAsync(name, cancellationToken) ?? throw new ObjectNotFoundException(name, store.Description);
        if (length > max)
            throw new CorruptCheckpointException(name, 0, $"at most {max} bytes", $"{length}");
        var bytes = new byte[length];
        var read = await store.ReadAsync(name, 0, bytes, cancellationToken);
        return read == length ? bytes : throw new CorruptCheckpointException(name, 0, $"{length} bytes", $"the end after {read}");
    }
}
