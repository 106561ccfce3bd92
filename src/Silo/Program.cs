using Gristmill.Silo;
using Gristmill.Silo.Jobs;

return await GristmillSilo.RunAsync(args, JobAssemblies.AddAll);
