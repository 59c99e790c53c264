package front

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	"go.yaml.in/yaml/v4"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"

	// What emitted configuration may hold in a typed_config.
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/local_ratelimit/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/lua/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ratelimit/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
)

// Parse reads a whole configuration and validates it.
func Parse(text []byte) (*bootstrap.Bootstrap, error) {
	b := &bootstrap.Bootstrap{}
	if err := Unmarshal(text, b); err != nil {
		return nil, err
	}
	return b, Validate(b)
}

// Unmarshal reads YAML, or a value that was read from YAML, into a message of Envoy's. A key that
// the message lacks is an error.
func Unmarshal(from any, into proto.Message) error {
	if text, ok := from.([]byte); ok {
		if err := yaml.Unmarshal(text, &from); err != nil {
			return err
		}
	}
	data, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return protojson.Unmarshal(data, into)
}

// Validate checks a message and everything below it by Envoy's own rules, and compiles every
// regular expression.
func Validate(m proto.Message) error {
	var errs []error
	if v, ok := m.(interface{ ValidateAll() error }); ok {
		errs = append(errs, v.ValidateAll())
	}
	walk(m.ProtoReflect(), func(inner protoreflect.Message) {
		switch x := inner.Interface().(type) {
		case *anypb.Any:
			message, err := x.UnmarshalNew()
			if err == nil {
				err = Validate(message)
			}
			errs = append(errs, err)
		case interface{ GetRegex() string }:
			_, err := regexp.Compile(x.GetRegex())
			errs = append(errs, err)
		}
	})
	return errors.Join(errs...)
}

// walk visits a message and those within it.
func walk(m protoreflect.Message, visit func(protoreflect.Message)) {
	visit(m)
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				if f.MapValue().Message() != nil {
					walk(v.Message(), visit)
				}
				return true
			})
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				walk(v.List().Get(i).Message(), visit)
			}
		default:
			walk(v.Message(), visit)
		}
		return true
	})
}

// understood are the messages' fields that the front acts upon, and those that change nothing it
// could show. Any other is an error: nothing is passed over in silence.
func understood(m proto.Message) error {
	var errs []error
	walk(m.ProtoReflect(), func(inner protoreflect.Message) {
		if x, ok := inner.Interface().(*anypb.Any); ok {
			message, err := x.UnmarshalNew()
			if err == nil {
				err = understood(message)
			}
			errs = append(errs, err)
			return
		}
		inner.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			if name := string(inner.Descriptor().Name()) + "." + string(f.Name()); !fields[name] {
				errs = append(errs, fmt.Errorf("the front does not know %s (%s)", name, f.FullName()))
			}
			return true
		})
	})
	return errors.Join(errs...)
}

var fields = set(
	"Bootstrap.static_resources", "StaticResources.listeners", "StaticResources.clusters",
	"Listener.name", "Listener.address", "Listener.per_connection_buffer_limit_bytes", "Listener.filter_chains",
	"FilterChain.filters", "Filter.name", "Filter.typed_config", "UInt32Value.value", "UInt64Value.value", "BoolValue.value",
	"Address.socket_address", "SocketAddress.address", "SocketAddress.port_value", "Duration.seconds", "Duration.nanos",
	"Cluster.name", "Cluster.type", "Cluster.connect_timeout", "Cluster.load_assignment", "Cluster.typed_extension_protocol_options",
	"ClusterLoadAssignment.cluster_name", "ClusterLoadAssignment.endpoints", "LocalityLbEndpoints.lb_endpoints",
	"LbEndpoint.endpoint", "Endpoint.address", "HttpProtocolOptions.explicit_http_config", "ExplicitHttpConfig.http2_protocol_options",
	"HttpConnectionManager.stat_prefix", "HttpConnectionManager.use_remote_address", "HttpConnectionManager.normalize_path",
	"HttpConnectionManager.merge_slashes", "HttpConnectionManager.path_with_escaped_slashes_action",
	"HttpConnectionManager.local_reply_config", "HttpConnectionManager.http_filters", "HttpConnectionManager.route_config",
	"HttpFilter.name", "HttpFilter.typed_config", "Lua.default_source_code", "DataSource.inline_string",
	"LocalReplyConfig.mappers", "ResponseMapper.filter", "ResponseMapper.headers_to_add", "ResponseMapper.body_format_override",
	"AccessLogFilter.status_code_filter", "StatusCodeFilter.comparison",
	"ComparisonFilter.value", "RuntimeUInt32.default_value", "RuntimeUInt32.runtime_key",
	"LocalRateLimit.response_headers_to_add", "HeaderValueOption.header", "HeaderValueOption.append_action", "HeaderValue.key", "HeaderValue.value",
	"SubstitutionFormatString.content_type", "SubstitutionFormatString.text_format_source",
	"RouteConfiguration.name", "RouteConfiguration.virtual_hosts", "VirtualHost.name", "VirtualHost.domains", "VirtualHost.routes",
	"VirtualHost.typed_per_filter_config", "Route.match", "Route.route", "RouteMatch.prefix", "RouteAction.cluster",
	"RateLimit.domain", "RateLimit.failure_mode_deny", "RateLimit.status_on_error", "HttpStatus.code", "RateLimit.timeout",
	"RateLimit.enable_x_ratelimit_headers", "RateLimit.rate_limit_service", "RateLimitServiceConfig.grpc_service",
	"RateLimitServiceConfig.transport_api_version", "GrpcService.envoy_grpc", "EnvoyGrpc.cluster_name",
	"RateLimitPerRoute.rate_limits", "RateLimit.actions", "RateLimit.hits_addend", "HitsAddend.format", "Action.metadata",
	"Action.remote_address", "Action.masked_remote_address", "MaskedRemoteAddress.v4_prefix_mask_len", "MaskedRemoteAddress.v6_prefix_mask_len", "MetaData.descriptor_key", "MetaData.metadata_key", "MetadataKey.key", "MetadataKey.path", "PathSegment.key",
	"LocalRateLimit.stat_prefix", "LocalRateLimit.filter_enabled", "LocalRateLimit.filter_enforced", "LocalRateLimit.token_bucket",
	"LocalRateLimit.enable_x_ratelimit_headers", "LocalRateLimit.always_consume_default_token_bucket",
	"LocalRateLimit.max_dynamic_descriptors", "LocalRateLimit.rate_limits", "LocalRateLimit.descriptors",
	"RuntimeFractionalPercent.default_value", "FractionalPercent.numerator", "TokenBucket.max_tokens", "TokenBucket.tokens_per_fill",
	"TokenBucket.fill_interval", "LocalRateLimitDescriptor.entries", "LocalRateLimitDescriptor.token_bucket", "Entry.key", "Entry.value",
)

func set(names ...string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, n := range names {
		out[n] = true
	}
	return out
}
