using System.Net;

namespace Gristmill.Silo.Settings;

/// <summary>Where a silo is reached.</summary>
internal sealed record EndpointSettings(IPAddress? AdvertisedAddress, int SiloPort, int GatewayPort)
{
    public static EndpointSettings Read(SettingsReader reader)
    {
        IPAddress? address = null;
        if (reader.Text("AdvertisedAddress") is { } text && !IPAddress.TryParse(text, out address))
            reader.Fault("AdvertisedAddress", $"is '{text}'; it must be the IP address other silos reach this one at, or left out for the host's first.");
        int silo = reader.Number("SiloPort", 11111, 1, 65535);
        int gateway = reader.Number("GatewayPort", 30000, 1, 65535);
        if (silo == gateway)
            reader.Fault("GatewayPort", $"is {gateway}, as SiloPort is; give each a port of its own.");
        reader.NothingElse();
        return new EndpointSettings(address, silo, gateway);
    }
}
