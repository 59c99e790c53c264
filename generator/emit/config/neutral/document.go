package neutral

import (
	"time"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// version is that of the document's shape. Members may be added to it; none changes its meaning,
// goes, or is null.
const version = 1

// document returns the whole file as a value.
func document(in *config.Input) object {
	api := in.API
	var about object
	about.add("title", api.Title)
	about.add("version", api.Version)
	about.text("server", api.BaseURL)
	about.text("base_path", api.BasePath)
	if in.Addresses() {
		about.add("address_bits", in.AddressBits())
	}

	var doc object
	doc.add("$schema", fileSchema)
	doc.add("version", version)
	doc.add("source", api.Source)
	doc.add("api", about)
	doc.add("documents", documents(api))
	doc.add("keys", keys(api))
	doc.add("limits", limits(api))
	doc.add("plans", plans(api))
	doc.add("exceeded", exceeded(api))
	doc.add("credentials", credentials(api))
	doc.add("operations", operations(in))
	return doc
}

func documents(api *model.API) object {
	out := object{}
	for _, d := range api.Documents {
		var o object
		o.add("title", d.Title)
		o.text("url", d.URL)
		o.text("date", d.Date)
		o.text("sha256", d.SHA256)
		out.add(d.Name, o)
	}
	return out
}

func keys(api *model.API) object {
	out := object{}
	for _, k := range api.NamedKeys {
		parts := list{}
		for _, e := range k.Parts {
			parts = append(parts, e.String())
		}
		out.add(k.Name, parts)
	}
	return out
}

func limits(api *model.API) object {
	out := object{}
	for _, l := range api.Limits {
		var o object
		o.add("quota", l.Quota)
		if l.Seconds > 0 {
			o.add("window", l.Seconds)
		}
		o.add("unit", l.Unit)
		o.add("per", texts(l.Per))
		o.number("burst", l.Burst)
		if l.Seconds > 0 {
			reset := "rolling"
			if l.UTC {
				reset = "utc"
			}
			o.add("reset", reset)
		}
		o.stages(l.Stages)
		o.text("description", l.Description)
		o.origin(l.Origin)
		out.add(l.Name, o)
	}
	return out
}

func plans(api *model.API) object {
	out := object{}
	for _, p := range api.Plans {
		amounts := object{}
		for _, a := range p.Amounts {
			var o object
			o.number("quota", a.Quota)
			if a.Rewindows(api.Window(a.Limit)) {
				o.add("window", a.Seconds)
			}
			o.number("burst", a.Burst)
			amounts.add(a.Limit, o)
		}
		out.add(p.Name, amounts)
	}
	return out
}

func exceeded(api *model.API) list {
	out := list{}
	for _, e := range api.Exceeded {
		body := object{}
		for _, m := range e.Body {
			body.add(m.Pointer, m.Value)
		}
		var o object
		o.add("status", int64(e.Status))
		if len(body) > 0 {
			o.add("body", body)
		}
		o.add("retry", e.Retry)
		out = append(out, o)
	}
	return out
}

func credentials(api *model.API) list {
	out := list{}
	for _, c := range api.Credentials {
		var o object
		o.add("scheme", c.Scheme)
		o.add("in", string(c.In))
		o.add("name", c.Name)
		o.text("prefix", c.Prefix)
		out = append(out, o)
	}
	return out
}

// stages adds the days on which figures change, if there are any.
func (o *object) stages(all []*model.Stage) {
	if len(all) == 0 {
		return
	}
	out := list{}
	for _, s := range all {
		var stage object
		if !s.At.IsZero() {
			stage.add("from", s.At.Format(time.RFC3339))
		}
		stage.add("quota", s.Quota)
		stage.number("burst", s.Burst)
		out = append(out, stage)
	}
	o.add("stages", out)
}

// origin adds a published row, if there is one.
func (o *object) origin(from *model.Origin) {
	if from == nil {
		return
	}
	var out object
	out.text("document", from.Document)
	if len(from.Rows) > 0 {
		out.add("rows", texts(from.Rows))
	}
	out.text("quote", from.Quote)
	out.text("printed", from.Printed)
	out.text("erratum", from.Erratum)
	o.add("origin", out)
}
