// Handlers of PostService.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_POST_SERVICE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_POST_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/volunteer/v1/post_service.pb.h"
#include "services/volunteer/books.h"

namespace firstfloor::volunteer {

class PostHandlers {
 public:
  explicit PostHandlers(const Books& books) : books_(books) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Post> CreatePost(rpc::Call& call, db::Transaction& tx,
                                      const v1::CreatePostRequest& request);
  absl::StatusOr<v1::Post> AssignHolder(rpc::Call& call, db::Transaction& tx,
                                        const v1::AssignHolderRequest& request);
  absl::StatusOr<v1::Post> SetAway(rpc::Call& call, db::Transaction& tx, const v1::SetAwayRequest& request);
  absl::StatusOr<v1::Post> SetBack(rpc::Call& call, db::Transaction& tx, const v1::SetBackRequest& request);
  absl::StatusOr<v1::Post> EndPost(rpc::Call& call, db::Transaction& tx, const v1::EndPostRequest& request);

  absl::StatusOr<v1::Post> GetPost(rpc::Call& call, const v1::GetPostRequest& request);
  absl::StatusOr<v1::ListPostsResponse> ListPosts(rpc::Call& call, const v1::ListPostsRequest& request);

 private:
  // Saves a post that has changed and answers with what the caller may see of it.
  absl::StatusOr<v1::Post> Keep(rpc::Call& call, db::Transaction& tx, v1::Post post, v1::PostState from);

  const Books& books_;
};

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_POST_SERVICE_H_
