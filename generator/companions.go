package generator

import (
	"path"
	"slices"

	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
)

// A Companion is a package in a folder of the output, which it imports. It is emitted when asked for only,
// because it depends on more than the standard library, or is not for everybody.
type Companion struct {
	Flag    string // of the command line that asks for it
	Name    string // the flag's value
	Folder  string // below the output, and the package's name
	Summary string
}

// Companions are all that there are, in the order in which they are listed and recorded.
func Companions() []Companion {
	return []Companion{
		{"observe", "otel", "otelobserver", "OpenTelemetry metrics"},
		{"observe", "prometheus", "promobserver", "a collector for Prometheus' client_golang"},
		{"observe", "slog", "slogobserver", "records for log/slog"},
		{"store", "redis", "redisstore", "shared counters in Redis, by go-redis or rueidis"},
	}
}

// companions prints the packages that are asked for.
func companions(api *model.API, o Options) ([]fileset.File, error) {
	asked := map[string][]string{"observe": o.Observe, "store": o.Store}
	var out []fileset.File
	for _, c := range Companions() {
		if !slices.Contains(asked[c.Flag], c.Name) {
			continue
		}
		files, err := golang.EmitCompanion(api, c.Folder, o.ImportPath)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			out = append(out, fileset.File{Name: path.Join(c.Folder, f.Name), Data: f.Data})
		}
	}
	return out, nil
}
