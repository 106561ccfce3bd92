using Gristmill.Samples.FlightsCluster;
using Gristmill.Silo;

// One program in two roles: 'silo' is a member of a cluster, by settings; without it, it starts a cluster on this machine.
return args is ["silo", .. var rest]
    ? await GristmillSilo.RunAsync(rest, FlightsSilo.AddFlights)
    : await CommandLine.RunAsync(args);
