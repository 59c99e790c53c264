package easemob_test

import (
	"reflect"

	"github.com/limitgen/limitgen/gen/easemob"
)

// enums holds a value of each type that has only a few.
var enums = map[reflect.Type]string{
	reflect.TypeFor[easemob.TokenRequestGrantType]():                 string(easemob.TokenRequestGrantTypeClientCredentials),
	reflect.TypeFor[easemob.UserOnlineState]():                       string(easemob.UserOnlineStateOnline),
	reflect.TypeFor[easemob.OfflineMessageStatusDataValue]():         string(easemob.OfflineMessageStatusDataValueDelivered),
	reflect.TypeFor[easemob.MessageType]():                           string(easemob.MessageTypeTxt),
	reflect.TypeFor[easemob.MessageChatType]():                       string(easemob.MessageChatTypeChat),
	reflect.TypeFor[easemob.OutgoingMessageRoutetype]():              string(easemob.OutgoingMessageRoutetypeROUTEONLINE),
	reflect.TypeFor[easemob.MessageToRoomsRequestChatroomMsgLevel](): string(easemob.MessageToRoomsRequestChatroomMsgLevelHigh),
	reflect.TypeFor[easemob.ChatFileType]():                          string(easemob.ChatFileTypeChatfile),
	reflect.TypeFor[easemob.ConversationDeletionRequestType]():       string(easemob.ConversationDeletionRequestTypeChat),
	reflect.TypeFor[easemob.ContactUserType]():                       string(easemob.ContactUserTypeUser),
	reflect.TypeFor[easemob.GroupMembersAddedDataAction]():           string(easemob.GroupMembersAddedDataActionAddMember),
	reflect.TypeFor[easemob.GroupUserChangeAction]():                 string(easemob.GroupUserChangeActionAddMember),
	reflect.TypeFor[easemob.GroupAdminRemovedDataResult]():           string(easemob.GroupAdminRemovedDataResultSuccess),
}
