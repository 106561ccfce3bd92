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
    private readonly EntryRegion? _region;
    private nint _address;

    private EntryBlock(int length, EntryRegions? regions)
    {
        Length = length;
        nuint bytes = (nuint)length * (nuint)Unsafe.SizeOf<TEntry>();
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TEntry>())
        {
            _pinned = GC.AllocateArray<TEntry>(length, pinned: true);
            _address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_pinned));
        }
        else
        {
            _region = regions?.Take(bytes, out _address);
            if (_region is null)
                _address = (nint)NativeMemory.AllocZeroed(bytes);
        }
    }

    /// <summary>Frees the memory of a table nobody disposed of: a job that was dropped, not closed.</summary>
    ~EntryBlock() => Free();

    /// <summary>How many entries it holds; a power of two.</summary>
    public int Length { get; }

    /// <summary>Where the first entry is.</summary>
    public nint Address => _address;

    /// <summary>A block of empty entries.</summary>
    /// <param name="length">How many; a power of two.</param>
    /// <param name="regions">Where a large one is put.</param>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
    public static EntryBlock<TEntry> Allocate(int length, EntryRegions? regions = null) => new(length, regions);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        nint address = Interlocked.Exchange(ref _address, 0);
        if (_pinned is not null || address == 0)
            return;
        if (_region is not null)
            _region.Return(address, (nuint)Length * (nuint)Unsafe.SizeOf<TEntry>());
        else
            NativeMemory.Free((void*)address);
    }
}
