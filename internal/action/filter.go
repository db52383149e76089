package action

import (
	"askflow/internal/filter"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// CompileFilter prepares a filter tree of the flow for the record type it enrolls.
func CompileFilter(env *Env, branch *hubspot.FilterBranch) (*filter.Matcher, source.Problems) {
	return filter.Compile(branch, filter.CompileEnv{
		ObjectType: env.Flow.ObjectType().Name, Schema: env.Schema, File: env.Flow.File, Zone: env.Location,
	})
}
