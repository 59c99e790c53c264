package front

import (
	"net/http"
	"slices"
	"strings"

	accesslog "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
)

// remap applies the first mapper of local replies whose filter holds.
func (f *Front) remap(header http.Header, a *answer) {
	for _, m := range f.manager.GetLocalReplyConfig().GetMappers() {
		if !holds(m.GetFilter(), a) {
			continue
		}
		for _, h := range m.GetHeadersToAdd() {
			value := h.GetHeader().GetValue()
			if name, ok := strings.CutPrefix(value, "%RESP("); ok {
				value = header.Get(strings.TrimSuffix(name, ")%"))
			}
			if h.GetAppendAction() == core.HeaderValueOption_ADD_IF_ABSENT && header.Get(h.GetHeader().GetKey()) == "" && value != "" {
				header.Set(h.GetHeader().GetKey(), value)
			}
		}
		if b := m.GetBodyFormatOverride(); b != nil {
			header.Set("Content-Type", b.GetContentType())
			a.body = b.GetTextFormatSource().GetInlineString()
		}
		return
	}
}

func holds(f *accesslog.AccessLogFilter, a *answer) bool {
	switch f := f.GetFilterSpecifier().(type) {
	case *accesslog.AccessLogFilter_AndFilter:
		return !slices.ContainsFunc(f.AndFilter.GetFilters(), func(one *accesslog.AccessLogFilter) bool { return !holds(one, a) })
	case *accesslog.AccessLogFilter_StatusCodeFilter:
		return a.status == int(f.StatusCodeFilter.GetComparison().GetValue().GetDefaultValue())
	case *accesslog.AccessLogFilter_ResponseFlagFilter:
		return slices.Contains(f.ResponseFlagFilter.GetFlags(), a.flag)
	}
	return false
}
