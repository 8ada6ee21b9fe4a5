export { PubSubSubscription, pubsubSubscription } from "./subscription.js";
export { PubSubTopic, pubsubTopic } from "./topic.js";
