namespace Gristmill;

/// <summary>
/// A function of a record that reads it in place, written <c>(in r) =&gt; …</c>. For large structs; a small struct or a
/// class is as well served by a plain <see cref="Func{T, TResult}"/>, written <c>r =&gt; …</c>.
/// </summary>
public delegate TResult RecordFunc<T, out TResult>(in T record);
