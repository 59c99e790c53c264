package easemob_test

import (
	"context"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
)

// fake implements every handler: it records what it is called with and answers a full value of the
// documented shape.
type fake struct{ *recorder }

func (f fake) GetAttributeCapacity(ctx context.Context, scope easemob.Scope) (*easemob.AttributeCapacity, error) {
	return answer[*easemob.AttributeCapacity](ctx, f, "GetAttributeCapacity", scope)
}

func (f fake) QueryAttributes(ctx context.Context, scope easemob.Scope, body easemob.AttributeQueryRequest) (*easemob.AttributesByUser, error) {
	return answer[*easemob.AttributesByUser](ctx, f, "QueryAttributes", scope, body)
}

func (f fake) GetAttributes(ctx context.Context, scope easemob.Scope, username string) (*easemob.Attributes, error) {
	return answer[*easemob.Attributes](ctx, f, "GetAttributes", scope, username)
}

func (f fake) SetAttributes(ctx context.Context, scope easemob.Scope, username string, body easemob.AttributeMap) (*easemob.Attributes, error) {
	return answer[*easemob.Attributes](ctx, f, "SetAttributes", scope, username, body)
}

func (f fake) DeleteAttributes(ctx context.Context, scope easemob.Scope, username string) (*easemob.AttributeDeletion, error) {
	return answer[*easemob.AttributeDeletion](ctx, f, "DeleteAttributes", scope, username)
}

func (f fake) ListContacts(ctx context.Context, scope easemob.Scope, ownerUsername string) (*easemob.ContactUsernames, error) {
	return answer[*easemob.ContactUsernames](ctx, f, "ListContacts", scope, ownerUsername)
}

func (f fake) AddContact(ctx context.Context, scope easemob.Scope, ownerUsername string, friendUsername string) (*easemob.ContactUsers, error) {
	return answer[*easemob.ContactUsers](ctx, f, "AddContact", scope, ownerUsername, friendUsername)
}

func (f fake) RemoveContact(ctx context.Context, scope easemob.Scope, ownerUsername string, friendUsername string) (*easemob.ContactUsers, error) {
	return answer[*easemob.ContactUsers](ctx, f, "RemoveContact", scope, ownerUsername, friendUsername)
}

func (f fake) ListBlockedUsers(ctx context.Context, scope easemob.Scope, ownerUsername string) (*easemob.ContactUsernames, error) {
	return answer[*easemob.ContactUsernames](ctx, f, "ListBlockedUsers", scope, ownerUsername)
}

func (f fake) BlockUsers(ctx context.Context, scope easemob.Scope, ownerUsername string, body easemob.BlockUsersRequest) (*easemob.BlockedUsernames, error) {
	return answer[*easemob.BlockedUsernames](ctx, f, "BlockUsers", scope, ownerUsername, body)
}

func (f fake) UnblockUser(ctx context.Context, scope easemob.Scope, ownerUsername string, blockedUsername string) (*easemob.ContactUsers, error) {
	return answer[*easemob.ContactUsers](ctx, f, "UnblockUser", scope, ownerUsername, blockedUsername)
}

func (f fake) ListGlobalMutes(ctx context.Context, scope easemob.Scope, params easemob.ListGlobalMutesParams) (*easemob.GlobalMuteList, error) {
	return answer[*easemob.GlobalMuteList](ctx, f, "ListGlobalMutes", scope, params)
}

func (f fake) SetGlobalMute(ctx context.Context, scope easemob.Scope, body easemob.SetGlobalMuteRequest) (*easemob.GlobalMuteSet, error) {
	return answer[*easemob.GlobalMuteSet](ctx, f, "SetGlobalMute", scope, body)
}

func (f fake) GetGlobalMute(ctx context.Context, scope easemob.Scope, username string) (*easemob.GlobalMute, error) {
	return answer[*easemob.GlobalMute](ctx, f, "GetGlobalMute", scope, username)
}

func (f fake) ListGroupMembers(ctx context.Context, scope easemob.Scope, groupID string, params easemob.ListGroupMembersParams) (*easemob.GroupMemberList, error) {
	return answer[*easemob.GroupMemberList](ctx, f, "ListGroupMembers", scope, groupID, params)
}

func (f fake) AddGroupMembers(ctx context.Context, scope easemob.Scope, groupID string, body easemob.GroupUsernamesRequest) (*easemob.GroupMembersAdded, error) {
	return answer[*easemob.GroupMembersAdded](ctx, f, "AddGroupMembers", scope, groupID, body)
}

func (f fake) AddGroupMember(ctx context.Context, scope easemob.Scope, groupID string, username string) (*easemob.GroupUserResult, error) {
	return answer[*easemob.GroupUserResult](ctx, f, "AddGroupMember", scope, groupID, username)
}

func (f fake) RemoveGroupMembers(ctx context.Context, scope easemob.Scope, groupID string, username []string) (*easemob.GroupUserResults, error) {
	return answer[*easemob.GroupUserResults](ctx, f, "RemoveGroupMembers", scope, groupID, username)
}

func (f fake) RemoveGroupMember(ctx context.Context, scope easemob.Scope, groupID string, username string) (*easemob.GroupUserResult, error) {
	return answer[*easemob.GroupUserResult](ctx, f, "RemoveGroupMember", scope, groupID, username)
}

func (f fake) ListGroupAdmins(ctx context.Context, scope easemob.Scope, groupID string) (*easemob.GroupUserIDList, error) {
	return answer[*easemob.GroupUserIDList](ctx, f, "ListGroupAdmins", scope, groupID)
}

func (f fake) AddGroupAdmin(ctx context.Context, scope easemob.Scope, groupID string, body easemob.AddGroupAdminRequest) (*easemob.GroupAdminAdded, error) {
	return answer[*easemob.GroupAdminAdded](ctx, f, "AddGroupAdmin", scope, groupID, body)
}

func (f fake) RemoveGroupAdmin(ctx context.Context, scope easemob.Scope, groupID string, oldadmin string) (*easemob.GroupAdminRemoved, error) {
	return answer[*easemob.GroupAdminRemoved](ctx, f, "RemoveGroupAdmin", scope, groupID, oldadmin)
}

func (f fake) ListGroupBlockedUsers(ctx context.Context, scope easemob.Scope, groupID string) (*easemob.GroupUserIDList, error) {
	return answer[*easemob.GroupUserIDList](ctx, f, "ListGroupBlockedUsers", scope, groupID)
}

func (f fake) BlockGroupUsers(ctx context.Context, scope easemob.Scope, groupID string, body easemob.GroupUsernamesRequest) (*easemob.GroupUserResults, error) {
	return answer[*easemob.GroupUserResults](ctx, f, "BlockGroupUsers", scope, groupID, body)
}

func (f fake) BlockGroupUser(ctx context.Context, scope easemob.Scope, groupID string, username string) (*easemob.GroupUserResult, error) {
	return answer[*easemob.GroupUserResult](ctx, f, "BlockGroupUser", scope, groupID, username)
}

func (f fake) UnblockGroupUsers(ctx context.Context, scope easemob.Scope, groupID string, username []string) (*easemob.GroupUserResults, error) {
	return answer[*easemob.GroupUserResults](ctx, f, "UnblockGroupUsers", scope, groupID, username)
}

func (f fake) UnblockGroupUser(ctx context.Context, scope easemob.Scope, groupID string, username string) (*easemob.GroupUserResult, error) {
	return answer[*easemob.GroupUserResult](ctx, f, "UnblockGroupUser", scope, groupID, username)
}

func (f fake) ListGroupAllowedUsers(ctx context.Context, scope easemob.Scope, groupID string) (*easemob.GroupUserIDList, error) {
	return answer[*easemob.GroupUserIDList](ctx, f, "ListGroupAllowedUsers", scope, groupID)
}

func (f fake) AllowGroupUsers(ctx context.Context, scope easemob.Scope, groupID string, body easemob.GroupUsernamesRequest) (*easemob.GroupUserResults, error) {
	return answer[*easemob.GroupUserResults](ctx, f, "AllowGroupUsers", scope, groupID, body)
}

func (f fake) AllowGroupUser(ctx context.Context, scope easemob.Scope, groupID string, username string) (*easemob.GroupUserResult, error) {
	return answer[*easemob.GroupUserResult](ctx, f, "AllowGroupUser", scope, groupID, username)
}

func (f fake) DisallowGroupUsers(ctx context.Context, scope easemob.Scope, groupID string, username []string) (*easemob.GroupUserResults, error) {
	return answer[*easemob.GroupUserResults](ctx, f, "DisallowGroupUsers", scope, groupID, username)
}

func (f fake) ListGroupMutes(ctx context.Context, scope easemob.Scope, groupID string) (*easemob.GroupMuteList, error) {
	return answer[*easemob.GroupMuteList](ctx, f, "ListGroupMutes", scope, groupID)
}

func (f fake) MuteGroupMembers(ctx context.Context, scope easemob.Scope, groupID string, body easemob.MuteGroupMembersRequest) (*easemob.GroupMuteResults, error) {
	return answer[*easemob.GroupMuteResults](ctx, f, "MuteGroupMembers", scope, groupID, body)
}

func (f fake) UnmuteGroupMembers(ctx context.Context, scope easemob.Scope, groupID string, members []string) (*easemob.GroupMuteResults, error) {
	return answer[*easemob.GroupMuteResults](ctx, f, "UnmuteGroupMembers", scope, groupID, members)
}

func (f fake) MuteGroup(ctx context.Context, scope easemob.Scope, groupID string) (*easemob.GroupMuteState, error) {
	return answer[*easemob.GroupMuteState](ctx, f, "MuteGroup", scope, groupID)
}

func (f fake) UnmuteGroup(ctx context.Context, scope easemob.Scope, groupID string) (*easemob.GroupMuteState, error) {
	return answer[*easemob.GroupMuteState](ctx, f, "UnmuteGroup", scope, groupID)
}

func (f fake) ListGroups(ctx context.Context, scope easemob.Scope, params easemob.ListGroupsParams) (*easemob.GroupList, error) {
	return answer[*easemob.GroupList](ctx, f, "ListGroups", scope, params)
}

func (f fake) CreateGroup(ctx context.Context, scope easemob.Scope, body easemob.CreateGroupRequest) (*easemob.GroupCreated, error) {
	return answer[*easemob.GroupCreated](ctx, f, "CreateGroup", scope, body)
}

func (f fake) ListJoinedGroups(ctx context.Context, scope easemob.Scope, username string, params easemob.ListJoinedGroupsParams) (*easemob.JoinedGroupList, error) {
	return answer[*easemob.JoinedGroupList](ctx, f, "ListJoinedGroups", scope, username, params)
}

func (f fake) GetGroups(ctx context.Context, scope easemob.Scope, groupID []string) (*easemob.GroupDetailsList, error) {
	return answer[*easemob.GroupDetailsList](ctx, f, "GetGroups", scope, groupID)
}

func (f fake) TransferGroup(ctx context.Context, scope easemob.Scope, groupID string, body easemob.TransferGroupRequest) (*easemob.GroupTransferResult, error) {
	return answer[*easemob.GroupTransferResult](ctx, f, "TransferGroup", scope, groupID, body)
}

func (f fake) UpdateGroup(ctx context.Context, scope easemob.Scope, groupID string, body easemob.UpdateGroupRequest) (*easemob.GroupUpdateResult, error) {
	return answer[*easemob.GroupUpdateResult](ctx, f, "UpdateGroup", scope, groupID, body)
}

func (f fake) DeleteGroup(ctx context.Context, scope easemob.Scope, groupID string) (*easemob.GroupDeleted, error) {
	return answer[*easemob.GroupDeleted](ctx, f, "DeleteGroup", scope, groupID)
}

func (f fake) GetGroupAnnouncement(ctx context.Context, scope easemob.Scope, groupID string) (*easemob.GroupAnnouncement, error) {
	return answer[*easemob.GroupAnnouncement](ctx, f, "GetGroupAnnouncement", scope, groupID)
}

func (f fake) SetGroupAnnouncement(ctx context.Context, scope easemob.Scope, groupID string, body easemob.GroupAnnouncementRequest) (*easemob.GroupAnnouncementResult, error) {
	return answer[*easemob.GroupAnnouncementResult](ctx, f, "SetGroupAnnouncement", scope, groupID, body)
}

func (f fake) ListGroupFiles(ctx context.Context, scope easemob.Scope, groupID string, params easemob.ListGroupFilesParams) (*easemob.GroupFileList, error) {
	return answer[*easemob.GroupFileList](ctx, f, "ListGroupFiles", scope, groupID, params)
}

func (f fake) UploadGroupFile(ctx context.Context, scope easemob.Scope, groupID string, body easemob.UploadGroupFileRequestForm, params easemob.UploadGroupFileParams) (*easemob.GroupFileUploaded, error) {
	return answer[*easemob.GroupFileUploaded](ctx, f, "UploadGroupFile", scope, groupID, body, params)
}

func (f fake) DownloadGroupFile(ctx context.Context, scope easemob.Scope, groupID string, fileID string) (*rest.Stream, error) {
	return answer[*rest.Stream](ctx, f, "DownloadGroupFile", scope, groupID, fileID)
}

func (f fake) DeleteGroupFile(ctx context.Context, scope easemob.Scope, groupID string, fileID string) (*easemob.GroupFileDeleted, error) {
	return answer[*easemob.GroupFileDeleted](ctx, f, "DeleteGroupFile", scope, groupID, fileID)
}

func (f fake) SendUserMessage(ctx context.Context, scope easemob.Scope, body easemob.MessageToUsersRequest) (*easemob.MessagesSent, error) {
	return answer[*easemob.MessagesSent](ctx, f, "SendUserMessage", scope, body)
}

func (f fake) SendGroupMessage(ctx context.Context, scope easemob.Scope, body easemob.MessageToGroupsRequest) (*easemob.MessagesSent, error) {
	return answer[*easemob.MessagesSent](ctx, f, "SendGroupMessage", scope, body)
}

func (f fake) SendRoomMessage(ctx context.Context, scope easemob.Scope, body easemob.MessageToRoomsRequest) (*easemob.MessagesSent, error) {
	return answer[*easemob.MessagesSent](ctx, f, "SendRoomMessage", scope, body)
}

func (f fake) RecallMessage(ctx context.Context, scope easemob.Scope, body easemob.MessageRecallRequest) (*easemob.MessageRecall, error) {
	return answer[*easemob.MessageRecall](ctx, f, "RecallMessage", scope, body)
}

func (f fake) UploadFile(ctx context.Context, scope easemob.Scope, body easemob.UploadFileRequest, params easemob.UploadFileParams) (*easemob.ChatFilesUploaded, error) {
	return answer[*easemob.ChatFilesUploaded](ctx, f, "UploadFile", scope, body, params)
}

func (f fake) DownloadFile(ctx context.Context, scope easemob.Scope, fileUUID string, params easemob.DownloadFileParams) (*rest.Stream, error) {
	return answer[*rest.Stream](ctx, f, "DownloadFile", scope, fileUUID, params)
}

func (f fake) GetMessageHistory(ctx context.Context, scope easemob.Scope, timeParam string) (*easemob.MessageHistory, error) {
	return answer[*easemob.MessageHistory](ctx, f, "GetMessageHistory", scope, timeParam)
}

func (f fake) DeleteConversation(ctx context.Context, scope easemob.Scope, username string, body easemob.ConversationDeletionRequest) (*easemob.ConversationDeletion, error) {
	return answer[*easemob.ConversationDeletion](ctx, f, "DeleteConversation", scope, username, body)
}

func (f fake) GetPresence(ctx context.Context, scope easemob.Scope, username string, body easemob.PresenceUsersRequest) (*easemob.PresenceList, error) {
	return answer[*easemob.PresenceList](ctx, f, "GetPresence", scope, username, body)
}

func (f fake) UnsubscribePresence(ctx context.Context, scope easemob.Scope, username string, body easemob.UnsubscribePresenceRequest) (*easemob.PresenceResult, error) {
	return answer[*easemob.PresenceResult](ctx, f, "UnsubscribePresence", scope, username, body)
}

func (f fake) ListPresenceSubscriptions(ctx context.Context, scope easemob.Scope, username string, params easemob.ListPresenceSubscriptionsParams) (*easemob.PresenceSubscriptionList, error) {
	return answer[*easemob.PresenceSubscriptionList](ctx, f, "ListPresenceSubscriptions", scope, username, params)
}

func (f fake) SubscribePresence(ctx context.Context, scope easemob.Scope, username string, expiry int64, body easemob.PresenceUsersRequest) (*easemob.SubscribedPresenceList, error) {
	return answer[*easemob.SubscribedPresenceList](ctx, f, "SubscribePresence", scope, username, expiry, body)
}

func (f fake) SetPresence(ctx context.Context, scope easemob.Scope, username string, resource string, status string, body easemob.SetPresenceRequest) (*easemob.PresenceResult, error) {
	return answer[*easemob.PresenceResult](ctx, f, "SetPresence", scope, username, resource, status, body)
}

func (f fake) SetPushNickname(ctx context.Context, scope easemob.Scope, username string, body easemob.PushNicknameRequest) (*easemob.UserResult, error) {
	return answer[*easemob.UserResult](ctx, f, "SetPushNickname", scope, username, body)
}

func (f fake) SetPushDisplayStyle(ctx context.Context, scope easemob.Scope, username string, body easemob.PushDisplayStyleRequest) (*easemob.UserResult, error) {
	return answer[*easemob.UserResult](ctx, f, "SetPushDisplayStyle", scope, username, body)
}

func (f fake) SetDoNotDisturb(ctx context.Context, scope easemob.Scope, username string, body easemob.DoNotDisturbRequest) (*easemob.UserResult, error) {
	return answer[*easemob.UserResult](ctx, f, "SetDoNotDisturb", scope, username, body)
}

func (f fake) ListSuperAdmins(ctx context.Context, scope easemob.Scope, params easemob.ListSuperAdminsParams) (*easemob.RoomSuperAdminList, error) {
	return answer[*easemob.RoomSuperAdminList](ctx, f, "ListSuperAdmins", scope, params)
}

func (f fake) AddSuperAdmin(ctx context.Context, scope easemob.Scope, body easemob.AddRoomSuperAdminRequest) (*easemob.RoomSuperAdminAdded, error) {
	return answer[*easemob.RoomSuperAdminAdded](ctx, f, "AddSuperAdmin", scope, body)
}

func (f fake) RemoveSuperAdmin(ctx context.Context, scope easemob.Scope, superAdmin string) (*easemob.RoomSuperAdminRemoved, error) {
	return answer[*easemob.RoomSuperAdminRemoved](ctx, f, "RemoveSuperAdmin", scope, superAdmin)
}

func (f fake) ListRoomMembers(ctx context.Context, scope easemob.Scope, chatroomID string, params easemob.ListRoomMembersParams) (*easemob.RoomMemberList, error) {
	return answer[*easemob.RoomMemberList](ctx, f, "ListRoomMembers", scope, chatroomID, params)
}

func (f fake) AddRoomMembers(ctx context.Context, scope easemob.Scope, chatroomID string, body easemob.RoomUsersRequest) (*easemob.RoomMembersAdded, error) {
	return answer[*easemob.RoomMembersAdded](ctx, f, "AddRoomMembers", scope, chatroomID, body)
}

func (f fake) AddRoomMember(ctx context.Context, scope easemob.Scope, chatroomID string, username string) (*easemob.RoomMemberChanged, error) {
	return answer[*easemob.RoomMemberChanged](ctx, f, "AddRoomMember", scope, chatroomID, username)
}

func (f fake) RemoveRoomMembers(ctx context.Context, scope easemob.Scope, chatroomID string, username []string) (*easemob.RoomMembersChanged, error) {
	return answer[*easemob.RoomMembersChanged](ctx, f, "RemoveRoomMembers", scope, chatroomID, username)
}

func (f fake) RemoveRoomMember(ctx context.Context, scope easemob.Scope, chatroomID string, username string) (*easemob.RoomMemberChanged, error) {
	return answer[*easemob.RoomMemberChanged](ctx, f, "RemoveRoomMember", scope, chatroomID, username)
}

func (f fake) ListRoomAdmins(ctx context.Context, scope easemob.Scope, chatroomID string) (*easemob.RoomUserList, error) {
	return answer[*easemob.RoomUserList](ctx, f, "ListRoomAdmins", scope, chatroomID)
}

func (f fake) AddRoomAdmin(ctx context.Context, scope easemob.Scope, chatroomID string, body easemob.AddRoomAdminRequest) (*easemob.RoomAdminAdded, error) {
	return answer[*easemob.RoomAdminAdded](ctx, f, "AddRoomAdmin", scope, chatroomID, body)
}

func (f fake) RemoveRoomAdmin(ctx context.Context, scope easemob.Scope, chatroomID string, oldadmin string) (*easemob.RoomAdminRemoved, error) {
	return answer[*easemob.RoomAdminRemoved](ctx, f, "RemoveRoomAdmin", scope, chatroomID, oldadmin)
}

func (f fake) ListRoomBlockedUsers(ctx context.Context, scope easemob.Scope, chatroomID string) (*easemob.RoomUserList, error) {
	return answer[*easemob.RoomUserList](ctx, f, "ListRoomBlockedUsers", scope, chatroomID)
}

func (f fake) BlockRoomUsers(ctx context.Context, scope easemob.Scope, chatroomID string, body easemob.RoomUsersRequest) (*easemob.RoomListingsChanged, error) {
	return answer[*easemob.RoomListingsChanged](ctx, f, "BlockRoomUsers", scope, chatroomID, body)
}

func (f fake) BlockRoomUser(ctx context.Context, scope easemob.Scope, chatroomID string, username string) (*easemob.RoomListingChanged, error) {
	return answer[*easemob.RoomListingChanged](ctx, f, "BlockRoomUser", scope, chatroomID, username)
}

func (f fake) UnblockRoomUsers(ctx context.Context, scope easemob.Scope, chatroomID string, username []string) (*easemob.RoomListingsChanged, error) {
	return answer[*easemob.RoomListingsChanged](ctx, f, "UnblockRoomUsers", scope, chatroomID, username)
}

func (f fake) UnblockRoomUser(ctx context.Context, scope easemob.Scope, chatroomID string, username string) (*easemob.RoomListingChanged, error) {
	return answer[*easemob.RoomListingChanged](ctx, f, "UnblockRoomUser", scope, chatroomID, username)
}

func (f fake) ListRoomAllowedUsers(ctx context.Context, scope easemob.Scope, chatroomID string) (*easemob.RoomUserList, error) {
	return answer[*easemob.RoomUserList](ctx, f, "ListRoomAllowedUsers", scope, chatroomID)
}

func (f fake) AllowRoomUsers(ctx context.Context, scope easemob.Scope, chatroomID string, body easemob.RoomUsersRequest) (*easemob.RoomListingsChanged, error) {
	return answer[*easemob.RoomListingsChanged](ctx, f, "AllowRoomUsers", scope, chatroomID, body)
}

func (f fake) AllowRoomUser(ctx context.Context, scope easemob.Scope, chatroomID string, username string) (*easemob.RoomListingChanged, error) {
	return answer[*easemob.RoomListingChanged](ctx, f, "AllowRoomUser", scope, chatroomID, username)
}

func (f fake) DisallowRoomUsers(ctx context.Context, scope easemob.Scope, chatroomID string, username []string) (*easemob.RoomListingsChanged, error) {
	return answer[*easemob.RoomListingsChanged](ctx, f, "DisallowRoomUsers", scope, chatroomID, username)
}

func (f fake) ListRoomMutes(ctx context.Context, scope easemob.Scope, chatroomID string) (*easemob.RoomMuteList, error) {
	return answer[*easemob.RoomMuteList](ctx, f, "ListRoomMutes", scope, chatroomID)
}

func (f fake) MuteRoomMembers(ctx context.Context, scope easemob.Scope, chatroomID string, body easemob.MuteRoomMembersRequest) (*easemob.RoomMutesSet, error) {
	return answer[*easemob.RoomMutesSet](ctx, f, "MuteRoomMembers", scope, chatroomID, body)
}

func (f fake) UnmuteRoomMembers(ctx context.Context, scope easemob.Scope, chatroomID string, members []string) (*easemob.RoomMutesLifted, error) {
	return answer[*easemob.RoomMutesLifted](ctx, f, "UnmuteRoomMembers", scope, chatroomID, members)
}

func (f fake) MuteRoom(ctx context.Context, scope easemob.Scope, chatroomID string) (*easemob.RoomMuteState, error) {
	return answer[*easemob.RoomMuteState](ctx, f, "MuteRoom", scope, chatroomID)
}

func (f fake) UnmuteRoom(ctx context.Context, scope easemob.Scope, chatroomID string) (*easemob.RoomMuteState, error) {
	return answer[*easemob.RoomMuteState](ctx, f, "UnmuteRoom", scope, chatroomID)
}

func (f fake) ListRooms(ctx context.Context, scope easemob.Scope, params easemob.ListRoomsParams) (*easemob.RoomList, error) {
	return answer[*easemob.RoomList](ctx, f, "ListRooms", scope, params)
}

func (f fake) CreateRoom(ctx context.Context, scope easemob.Scope, body easemob.CreateRoomRequest) (*easemob.RoomCreated, error) {
	return answer[*easemob.RoomCreated](ctx, f, "CreateRoom", scope, body)
}

func (f fake) GetRooms(ctx context.Context, scope easemob.Scope, chatroomID []string) (*easemob.RoomDetailsList, error) {
	return answer[*easemob.RoomDetailsList](ctx, f, "GetRooms", scope, chatroomID)
}

func (f fake) UpdateRoom(ctx context.Context, scope easemob.Scope, chatroomID string, body easemob.UpdateRoomRequest) (*easemob.RoomUpdated, error) {
	return answer[*easemob.RoomUpdated](ctx, f, "UpdateRoom", scope, chatroomID, body)
}

func (f fake) DeleteRoom(ctx context.Context, scope easemob.Scope, chatroomID string) (*easemob.RoomDeleted, error) {
	return answer[*easemob.RoomDeleted](ctx, f, "DeleteRoom", scope, chatroomID)
}

func (f fake) GetRoomAnnouncement(ctx context.Context, scope easemob.Scope, chatroomID string) (*easemob.RoomAnnouncement, error) {
	return answer[*easemob.RoomAnnouncement](ctx, f, "GetRoomAnnouncement", scope, chatroomID)
}

func (f fake) SetRoomAnnouncement(ctx context.Context, scope easemob.Scope, chatroomID string, body easemob.SetRoomAnnouncementRequest) (*easemob.RoomAnnouncementSet, error) {
	return answer[*easemob.RoomAnnouncementSet](ctx, f, "SetRoomAnnouncement", scope, chatroomID, body)
}

func (f fake) ListJoinedRooms(ctx context.Context, scope easemob.Scope, username string) (*easemob.JoinedRoomList, error) {
	return answer[*easemob.JoinedRoomList](ctx, f, "ListJoinedRooms", scope, username)
}

func (f fake) RegisterUser(ctx context.Context, scope easemob.Scope, body easemob.RegisterUserRequest) (*easemob.UserResult, error) {
	return answer[*easemob.UserResult](ctx, f, "RegisterUser", scope, body)
}

func (f fake) RegisterUsers(ctx context.Context, scope easemob.Scope, body easemob.RegisterUsersRequest) (*easemob.UserRegistrations, error) {
	return answer[*easemob.UserRegistrations](ctx, f, "RegisterUsers", scope, body)
}

func (f fake) ListUsers(ctx context.Context, scope easemob.Scope, params easemob.ListUsersParams) (*easemob.UserList, error) {
	return answer[*easemob.UserList](ctx, f, "ListUsers", scope, params)
}

func (f fake) DeleteUsers(ctx context.Context, scope easemob.Scope, params easemob.DeleteUsersParams) (*easemob.UserList, error) {
	return answer[*easemob.UserList](ctx, f, "DeleteUsers", scope, params)
}

func (f fake) GetToken(ctx context.Context, scope easemob.Scope, body easemob.TokenRequest) (*easemob.AccessToken, error) {
	return answer[*easemob.AccessToken](ctx, f, "GetToken", scope, body)
}

func (f fake) GetUser(ctx context.Context, scope easemob.Scope, username string) (*easemob.UserResult, error) {
	return answer[*easemob.UserResult](ctx, f, "GetUser", scope, username)
}

func (f fake) DeleteUser(ctx context.Context, scope easemob.Scope, username string) (*easemob.UserResult, error) {
	return answer[*easemob.UserResult](ctx, f, "DeleteUser", scope, username)
}

func (f fake) UpdateUserPassword(ctx context.Context, scope easemob.Scope, username string, body easemob.UserPasswordRequest) (*easemob.Envelope, error) {
	return answer[*easemob.Envelope](ctx, f, "UpdateUserPassword", scope, username, body)
}

func (f fake) GetUserStatus(ctx context.Context, scope easemob.Scope, username string) (*easemob.UserStatus, error) {
	return answer[*easemob.UserStatus](ctx, f, "GetUserStatus", scope, username)
}

func (f fake) GetUserStatuses(ctx context.Context, scope easemob.Scope, body easemob.UserStatusesRequest) (*easemob.UserStatuses, error) {
	return answer[*easemob.UserStatuses](ctx, f, "GetUserStatuses", scope, body)
}

func (f fake) GetOfflineMessageCount(ctx context.Context, scope easemob.Scope, ownerUsername string) (*easemob.OfflineMessageCount, error) {
	return answer[*easemob.OfflineMessageCount](ctx, f, "GetOfflineMessageCount", scope, ownerUsername)
}

func (f fake) GetOfflineMessageStatus(ctx context.Context, scope easemob.Scope, username string, msgID string) (*easemob.OfflineMessageStatus, error) {
	return answer[*easemob.OfflineMessageStatus](ctx, f, "GetOfflineMessageStatus", scope, username, msgID)
}

func (f fake) DeactivateUser(ctx context.Context, scope easemob.Scope, username string) (*easemob.UserResult, error) {
	return answer[*easemob.UserResult](ctx, f, "DeactivateUser", scope, username)
}

func (f fake) ActivateUser(ctx context.Context, scope easemob.Scope, username string) (*easemob.Envelope, error) {
	return answer[*easemob.Envelope](ctx, f, "ActivateUser", scope, username)
}

func (f fake) DisconnectUser(ctx context.Context, scope easemob.Scope, username string) (*easemob.UserDisconnection, error) {
	return answer[*easemob.UserDisconnection](ctx, f, "DisconnectUser", scope, username)
}
