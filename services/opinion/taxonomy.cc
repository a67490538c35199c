#include "services/opinion/taxonomy.h"

namespace firstfloor::opinion::taxonomy {
namespace {

constexpr int kDefaultWorkdays = 5;

struct Term {
  absl::string_view category;
  int workdays;
};

constexpr Term kTerms[] = {
    {"SAFETY", 3},                // 安全
    {"SAFETY.FIRE", 2},           // 消防
    {"SAFETY.EARTH_WIRE", 2},     // 地线
    {"SAFETY.EBIKE", 3},          // 电动车入楼
    {"SAFETY.LIFT", 2},           // 电梯
    {"ENVIRONMENT", 5},           // 环境
    {"ENVIRONMENT.GREENING", 7},  // 绿化
    {"ENVIRONMENT.CORRIDOR", 3},  // 楼道堆物
    {"ENVIRONMENT.WASTE", 3},     // 垃圾
    {"TRAFFIC", 7},               // 交通
    {"TRAFFIC.PARKING", 5},       // 停车
    {"TRAFFIC.ROAD", 10},         // 道路
    {"NEIGHBOUR", 5},             // 邻里
    {"NEIGHBOUR.NOISE", 3},       // 噪音
    {"NEIGHBOUR.RENOVATION", 3},  // 装修
    {"NEIGHBOUR.PETS", 5},        // 宠物
    {"PROPERTY", 5},              // 物业
    {"PROPERTY.REPAIR", 5},       // 维修
    {"PROPERTY.FEE", 7},          // 收费
    {"SERVICE", 5},               // 服务
    {"SERVICE.ELDERLY", 3},       // 养老
    {"SERVICE.CHILDREN", 3},      // 儿童
    {"SERVICE.HEALTH", 5},        // 健康
    {"SERVICE.CULTURE", 7},       // 文化
    {"CONSTRUCTION", 7},          // 建设
    {"GOVERNANCE", 10},           // 治理
    {"GOVERNANCE.STAFF", 5},      // 工作人员
    {"GOVERNANCE.PUBLICITY", 5},  // 公开
};

const Term* Find(absl::string_view category) {
  for (const Term& term : kTerms) {
    if (term.category == category) return &term;
  }
  return nullptr;
}

}  // namespace

bool Knows(absl::string_view category) { return Find(category) != nullptr; }

int WorkdaysToAnswer(absl::string_view category) {
  const Term* term = Find(category);
  return term == nullptr ? kDefaultWorkdays : term->workdays;
}

}  // namespace firstfloor::opinion::taxonomy
