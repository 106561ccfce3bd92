namespace Gristmill.Silo.Settings;

/// <summary>All that is wrong with a silo's settings.</summary>
internal sealed class SiloSettingsException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults));
