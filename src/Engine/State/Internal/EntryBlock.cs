using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gristmill.State;

/// <summary>
/// The memory of a key group's entries, at an address that does not change. Entries without references lie outside the
/// collector's heap, so that what growth leaves behind is free at once; others lie pinned on it.
/// </summary>
internal sealed unsafe class EntryBlock<TEntry> : IDisposable
{
    // Keeps pinned entries alive; null where the memory is our own.
    private readonly TEntry[]? _pinned;
    private nint _address;

    private EntryBlock(int length)
    {
        Length = length;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TEntry>())
        {
            _pinned = GC.AllocateArray<TEntry>(length, pinned: true);
            _address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_pinned));
        }
        else
        {
            _address = (nint)NativeMemory.AllocZeroed((nuint)length, (nuint)Unsafe.SizeOf<TEntry>());
        }
    }

    /// <summary>Frees the memory of a table nobody disposed of: a job that was dropped, not closed.</summary>
    ~EntryBlock() => Free();

    /// <summary>How many entries it holds; a power of two.</summary>
    public int Length { get; }

    /// <summary>Where the first entry is.</summary>
    public nint Address => _address;

    /// <summary>A block of empty entries.</summary>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
    public static EntryBlock<TEntry> Allocate(int length) => new(length);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_pinned is null)
            NativeMemory.Free((void*)Interlocked.Exchange(ref _address, 0));
    }
}
