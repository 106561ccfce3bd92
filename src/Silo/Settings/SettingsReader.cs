using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Gristmill.Silo.Settings;

/// <summary>Reads a section of the configuration and notes every fault instead of ending at the first.</summary>
internal sealed class SettingsReader(IConfigurationSection section, List<string> faults)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public void Fault(string key, string rest) => faults.Add($"{section.Path}:{key} {rest}");

    public SettingsReader Section(string key)
    {
        _known.Add(key);
        return new SettingsReader(section.GetSection(key), faults);
    }

    /// <summary>Reads a section if anything is said in it.</summary>
    public T? Optional<T>(string key, Func<SettingsReader, T> read)
        where T : class
    {
        SettingsReader part = Section(key);
        return section.GetSection(key).Exists() ? read(part) : null;
    }

    public string? Text(string key)
    {
        _known.Add(key);
        return string.IsNullOrWhiteSpace(section[key]) ? null : section[key];
    }

    public string Required(string key, string remedy)
    {
        if (Text(key) is { } text)
            return text;
        Fault(key, $"is missing; {remedy}.");
        return "";
    }

    public IReadOnlyList<string> Texts(string key)
    {
        _known.Add(key);
        return [.. section.GetSection(key).GetChildren().Select(child => child.Value).OfType<string>()];
    }

    public int Number(string key, int byDefault, int least, int most)
    {
        if (Text(key) is not { } text)
            return byDefault;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            return number;
        Fault(key, $"is '{text}'; it must be a whole number from {least} to {most}.");
        return byDefault;
    }

    public long Bytes(string key, long byDefault, long least, long most)
    {
        if (Text(key) is not { } text)
            return byDefault;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes >= least && bytes <= most)
            return bytes;
        Fault(key, $"is '{text}'; it must be a whole number of bytes from {least} to {most}.");
        return byDefault;
    }

    public double? Fraction(string key, double least, double most)
    {
        if (Text(key) is not { } text)
            return null;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double fraction) && fraction >= least && fraction <= most)
            return fraction;
        Fault(key, string.Create(CultureInfo.InvariantCulture, $"is '{text}'; it must be a number from {least} to {most}, as 0.05."));
        return null;
    }

    public bool Flag(string key, bool byDefault)
    {
        if (Text(key) is not { } text)
            return byDefault;
        if (bool.TryParse(text, out bool flag))
            return flag;
        Fault(key, $"is '{text}'; it must be true or false.");
        return byDefault;
    }

    public TimeSpan Duration(string key, TimeSpan byDefault, TimeSpan least, TimeSpan most)
    {
        if (Text(key) is not { } text)
            return byDefault;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan duration) && duration >= least && duration <= most)
            return duration;
        Fault(key, $"is '{text}'; it must be hours, minutes and seconds as 00:00:10, from {least:c} to {most:c}.");
        return byDefault;
    }

    public T Kind<T>(string key, T byDefault)
        where T : struct, Enum
    {
        if (Text(key) is not { } text)
            return byDefault;
        if (Enum.TryParse(text, ignoreCase: true, out T kind) && Enum.IsDefined(kind) && !int.TryParse(text, CultureInfo.InvariantCulture, out _))
            return kind;
        Fault(key, $"is '{text}'; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");
        return byDefault;
    }

    /// <summary>Whatever else there is has been misspelt, and would be ignored in silence.</summary>
    public void NothingElse()
    {
        foreach (IConfigurationSection other in section.GetChildren().Where(child => !_known.Contains(child.Key)))
            faults.Add($"{other.Path} is no setting; {section.Path} has {string.Join(", ", _known)}. Correct or remove it.");
    }
}
