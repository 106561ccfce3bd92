using System.Runtime.InteropServices;
using Gristmill.Protocol;

namespace Gristmill.State;

/// <summary>
/// Where a table's larger entry blocks lie: regions the kernel is asked to back with huge pages. Look-ups hit memory at
/// random; with small pages most of them miss the processor's table of pages too, and ten million keys take half again
/// as long. Blocks are handed out in turn and never again, so they are empty; a region goes when all of its blocks have.
/// </summary>
internal sealed class EntryRegions : IDisposable
{
    private const int RegionSize = 8 << 20;
    private const int SmallestBlock = 64 << 10;

    private EntryRegion? _current;

    /// <summary>Gives the claim on the last region back, of a table nobody disposed of.</summary>
    ~EntryRegions() => Release();

    /// <summary>Memory for a block, all zero, if a region is the place for it.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="address">Where it begins.</param>
    /// <returns>The region, which must get the block back; null if the block is small or there are no regions on this system.</returns>
    public EntryRegion? Take(nuint bytes, out nint address)
    {
        address = 0;
        if (bytes < SmallestBlock || !OperatingSystem.IsLinux())
            return null;
        if (_current is null || !_current.TryTake(bytes, out address))
        {
            Release();
            _current = EntryRegion.Map(Math.Max(bytes, RegionSize));
            if (_current is null || !_current.TryTake(bytes, out address))
                return null;
        }

        return _current;
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release() => Interlocked.Exchange(ref _current, null)?.Release();
}

/// <summary>A stretch of memory of its own.</summary>
internal sealed partial class EntryRegion
{
    private const int ReadAndWrite = 1 | 2;
    private const int PrivateAndAnonymous = 2 | 0x20;
    private const int UseHugePages = 14;
    private const int ForgetContent = 4;

    private readonly nint _mapping;
    private readonly nuint _mapped;
    private readonly nuint _length;
    private readonly nint _start;
    private nuint _used;
    private int _claims = 1;

    private EntryRegion(nint mapping, nuint mapped, nuint length)
    {
        (_mapping, _mapped, _length) = (mapping, mapped, length);
        _start = (nint)RoundUp((nuint)mapping, HugePage);
    }

    private static nuint HugePage => 2 << 20;

    /// <summary>A new region of at least so many bytes; null if there is not enough memory.</summary>
    public static EntryRegion? Map(nuint bytes)
    {
        nuint length = RoundUp(bytes, HugePage);

        // A page more, of which nothing is ever touched, lets it begin where a huge page can.
        nuint mapped = length + HugePage;
        nint mapping = Native.mmap(0, mapped, ReadAndWrite, PrivateAndAnonymous, -1, 0);
        if (mapping == -1)
            return null;
        var region = new EntryRegion(mapping, mapped, length);

        // Refused where huge pages are switched off; then it is memory as any other.
        _ = Native.madvise(region._start, length, UseHugePages);
        return region;
    }

    /// <summary>The next part of it, and a claim on the region with it.</summary>
    public bool TryTake(nuint bytes, out nint address)
    {
        address = _start + (nint)_used;
        if (_length - _used < bytes)
            return false;
        _used = Math.Min(_length, RoundUp(_used + bytes, 64));
        Interlocked.Increment(ref _claims);
        return true;
    }

    /// <summary>Takes a block back; its memory is free at once, though the region may still be held by others.</summary>
    public void Return(nint address, nuint bytes)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        nuint first = RoundUp((nuint)address, page);
        nuint end = ((nuint)address + bytes) / page * page;
        if (end > first)
            _ = Native.madvise((nint)first, end - first, ForgetContent);
        Release();
    }

    /// <summary>Gives a claim back; the last one frees the region.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _claims);
        Invariant.Holds(left >= 0, "a region is released once by each who claimed it");
        if (left == 0)
            _ = Native.munmap(_mapping, _mapped);
    }

    private static nuint RoundUp(nuint value, nuint unit) => (value + unit - 1) / unit * unit;

    private static partial class Native
    {
        [LibraryImport("libc", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial nint mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

        [LibraryImport("libc")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial int madvise(nint address, nuint length, int advice);

        [LibraryImport("libc")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial int munmap(nint address, nuint length);
    }
}
